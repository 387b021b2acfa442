package bench

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMedianIsTheMiddleOfAllValues(t *testing.T) {
	for _, tt := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"of nothing is 0", nil, 0},
		{"of one is that one", []float64{7}, 7},
		{"of an odd number is the middle one, in any order", []float64{9, 1, 5}, 5},
		{"of an even number is the mean of both middles", []float64{4, 1, 10, 2}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			before := slices.Clone(tt.values)
			if got := median(tt.values); got != tt.want {
				t.Errorf("median(%v) = %v, want %v", before, got, tt.want)
			}
			if !slices.Equal(before, tt.values) {
				t.Errorf("median changed its argument to %v", tt.values)
			}
		})
	}
}

func TestTheLatencyOfASliceIsTheMeanOfBothMiddlesOfAnEvenNumber(t *testing.T) {
	two := sample{Latencies: []time.Duration{172 * time.Millisecond, 226 * time.Millisecond}}
	if got := millis.of(two); got != 199 {
		t.Errorf("two operations of 172 and 226 ms come to %v ms, want 199", got)
	}
	three := sample{Latencies: []time.Duration{9 * time.Microsecond, time.Microsecond, 4 * time.Microsecond}}
	if got := latency.of(three); got != 4 {
		t.Errorf("three operations of 9, 1 and 4 µs come to %v µs, want 4", got)
	}
}

func TestPercentileIsExceededByNoMoreThanTheRest(t *testing.T) {
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(100 - i)
	}
	for _, tt := range []struct {
		name string
		of   []time.Duration
		p    float64
		want time.Duration
	}{
		{"of nothing is 0", nil, 50, 0},
		{"50 of one is that one", []time.Duration{3}, 50, 3},
		{"99.9 of few is the largest", []time.Duration{3, 9, 1}, 99.9, 9},
		{"50 of a hundred is the fiftieth", hundred, 50, 50},
		{"99 of a hundred is the last but one", hundred, 99, 99},
		{"0 is the smallest", hundred, 0, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := percentile(slices.Clone(tt.of), tt.p); got != tt.want {
				t.Errorf("percentile = %d, want %d", got, tt.want)
			}
		})
	}
}

func TestFiguresHaveThreeDigitsAndCommas(t *testing.T) {
	for figure, want := range map[float64]string{
		0: "0", 1.149: "1.15", 0.08345: "0.0834", 60: "60", 2040.4: "2,040", 1_234_567: "1,234,567", 12.5: "12.5", -1500: "-1,500", 100: "100",
	} {
		if got := figureText(figure); got != want {
			t.Errorf("figureText(%v) = %q, want %q", figure, got, want)
		}
	}
}

func TestABarIsMetAtItsLimitAndMissedBehindIt(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    Result
		bar  string
		met  bool
	}{
		{"a ratio at most the limit", Result{Scenario: "append/clients=1", Ratio: 1.15}, "ratio <= 1.15", true},
		{"a ratio above the limit", Result{Scenario: "append/clients=1", Ratio: 1.16}, "ratio <= 1.15", false},
		{"a ratio at least the limit", Result{Scenario: "append/clients=64", Ratio: 0.8}, "ratio >= 0.8", true},
		{"a ratio below the limit", Result{Scenario: "append/clients=64", Ratio: 0.79}, "ratio >= 0.8", false},
		{"a value below the least", Result{Scenario: "scan", Value: 1.9e6}, "value >= 2,000,000", false},
		{"time for the active segment on top", Result{Scenario: "open/events=1000000", Value: 59, allowance: 50}, "value <= 60", true},
		{"more than the time for the active segment", Result{Scenario: "open/events=1000000", Value: 61, allowance: 50}, "value <= 60", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if text, met := verdict(tt.r); text != tt.bar || met == nil || *met != tt.met {
				t.Errorf("verdict = %q, %v; want %q, %v", text, met, tt.bar, tt.met)
			}
		})
	}
	for name, r := range map[string]Result{
		"another scenario": {Scenario: "W4", Ratio: 99}, "a store too small for the bar": {Scenario: "scan", unjudged: tooFew},
	} {
		t.Run("there is none for "+name, func(t *testing.T) {
			if text, met := verdict(r); text != "" || met != nil {
				t.Errorf("verdict = %q, %v; want nothing", text, met)
			}
		})
	}
}

func TestTheRatioIsTheMedianOfTheRatiosOfTheRounds(t *testing.T) {
	// The machine gets slower from round to round, the store is always twice as slow;
	// in one round it was disturbed.
	rounds := []struct{ base, store time.Duration }{{9, 9}, {10, 20}, {20, 40}, {30, 900}, {40, 80}, {50, 100}}
	play := func(of func(int) time.Duration) probe {
		round := -1
		return func(context.Context, time.Duration) (sample, error) {
			round++
			return sample{Events: 1, Elapsed: 1, Latencies: []time.Duration{of(round) * time.Microsecond}}, nil
		}
	}
	l := &lab{config: Config{Rounds: len(rounds) - 1, Slice: time.Second}, progress: noProgress{}}
	r, err := l.compare(t.Context(), comparison{
		metric: latency, against: "a slower and slower disk",
		baseline: play(func(i int) time.Duration { return rounds[i].base }),
		store:    play(func(i int) time.Duration { return rounds[i].store }),
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Ratio != 2 || r.Baseline != 30 || r.Value != 80 || r.Rounds != 5 || r.P50 != 80 {
		t.Errorf("got %+v, want ratio 2 of the medians 80 and 30 in 5 rounds, without the one that warms up", r)
	}
}

func TestABarIsNotJudgedFromRoundsThatAreShort(t *testing.T) {
	always := func(context.Context, time.Duration) (sample, error) {
		return sample{Events: 1, Elapsed: 1, Latencies: []time.Duration{1}}, nil
	}
	for _, tt := range []struct {
		name   string
		config Config
		judged bool
	}{
		{"as short and few as those of a quick run", Config{Rounds: quickRounds, Slice: quickSlice}, false},
		{"as long and many as usual", Config{Rounds: usualRounds, Slice: usualSlice}, true},
		{"as many as projections have", Config{Rounds: projectRounds, Slice: usualSlice}, true},
		{"many short ones", Config{Rounds: 10, Slice: 50 * time.Millisecond}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := &lab{config: tt.config, progress: noProgress{}}
			r, err := l.compare(t.Context(), comparison{metric: latency, baseline: always, store: always})
			if err != nil {
				t.Fatal(err)
			}
			r.Scenario = "append/clients=1"
			bar, met := verdict(r)
			r.Bar, r.Met = bar, met
			if (met != nil) != tt.judged || (bar != "") != tt.judged {
				t.Errorf("bar %q, met %v; want both or neither, %v", bar, met, tt.judged)
			}
			if shown := r.shown(); (shown == tooShort) == tt.judged {
				t.Errorf("the table says %q", shown)
			}
			r.Scenario = "W4"
			if r.Bar, r.Met = verdict(r); r.shown() != "" {
				t.Errorf("without a bar the table says %q, want nothing", r.shown())
			}
		})
	}
}

func TestTheSharesOfProcessesNameTheFewestAndTheMostEvents(t *testing.T) {
	want := "the process with the fewest events appended 20 (1 %), the one with the most 1,500 (75 %)"
	if got := fairness([]int{480, 1500, 20}); got != want {
		t.Errorf("fairness = %q, want %q", got, want)
	}
}

func TestAGuessIsMadeAboutSyncsThatAreFasterThanDisks(t *testing.T) {
	for micros, want := range map[float64]string{
		3: "no disk syncs that fast", 19.9: "no disk syncs that fast", 20: "the hypervisor does not flush", 199: "the hypervisor does not flush",
	} {
		if hint := syncHint(micros); !strings.Contains(hint, want) || !strings.Contains(hint, "guess") {
			t.Errorf("syncs of %v µs: %q, want %q and that it is a guess", micros, hint, want)
		}
	}
	for _, micros := range []float64{200, 5000} {
		if hint := syncHint(micros); hint != "" {
			t.Errorf("syncs of %v µs: %q, want nothing", micros, hint)
		}
	}
}
