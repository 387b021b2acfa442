package bench

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// svgStyle reads well on light and on dark ground; the picture has no ground of
// its own.
const svgStyle = `<style>
text{font:12px system-ui,sans-serif;fill:#24292f}.small{font-size:10px}.title{font-size:14px;font-weight:600}
.axis{stroke:#8b949e;stroke-width:1}.grid{stroke:#8b949e;stroke-width:1;stroke-opacity:.3}
.bar{fill:#3f83c4}.missed{fill:#c9732b}.limit{stroke:#d1242f;stroke-width:2}
.p50{stroke:#3f83c4;fill:#3f83c4}.p99{stroke:#8a63d2;fill:#8a63d2}.p999{stroke:#c9732b;fill:#c9732b}.line{fill:none;stroke-width:2}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}}
</style>`

// drawing is an SVG picture in the making.
type drawing struct{ strings.Builder }

func newDrawing(width, height int, title string) *drawing {
	d := &drawing{}
	d.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`, width, height, width, height)
	d.put(`<title>%s</title>%s`, html.EscapeString(title), svgStyle)
	d.text(10, 20, "start", "title", title)
	return d
}

func (d *drawing) put(format string, args ...any) {
	_, _ = fmt.Fprintf(d, format+"\n", args...) // a builder takes everything
}

func (d *drawing) text(x, y float64, anchor, class, text string) {
	d.put(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, html.EscapeString(text))
}

func (d *drawing) line(x1, y1, x2, y2 float64, class string) {
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" class="%s"/>`, x1, y1, x2, y2, class)
}

func (d *drawing) end() string {
	d.put(`</svg>`)
	return d.String()
}

// scale places figures on a logarithmic axis.
type scale struct{ low, high, from, to float64 }

// newScale covers whole powers of ten around all figures, which are above 0.
func newScale(figures []float64, from, to float64) scale {
	s := scale{low: 1, high: 1, from: from, to: to}
	for i, f := range figures {
		if i == 0 {
			s.low, s.high = f, f
		}
		s.low, s.high = min(s.low, f), max(s.high, f)
	}
	s.low, s.high = math.Pow(10, math.Floor(math.Log10(s.low))), math.Pow(10, math.Ceil(math.Log10(s.high)))
	if s.low == s.high {
		s.high *= 10
	}
	return s
}

func (s scale) at(figure float64) float64 {
	return s.from + (s.to-s.from)*(math.Log10(figure)-math.Log10(s.low))/(math.Log10(s.high)-math.Log10(s.low))
}

// powers returns the powers of ten on the axis.
func (s scale) powers() []float64 {
	var all []float64
	for p := s.low; p <= s.high*1.001; p *= 10 {
		all = append(all, p)
	}
	return all
}

// RatioChart draws the ratio of each result as a bar from 1, which is the
// baseline, and the limit of its bar where it has one. Results without a ratio are
// left out, and so is memory, whose unit no other has.
func RatioChart(results []Result) string {
	const row, left, right, top = 22, 240, 620, 62
	var drawn []Result
	figures := []float64{1}
	for _, r := range results {
		if r.Ratio > 0 && r.Baseline > 0 && r.Unit != perEvent {
			drawn, figures = append(drawn, r), append(figures, r.Ratio)
			if limit := r.limitRatio(); limit > 0 {
				figures = append(figures, limit)
			}
		}
	}
	bottom := float64(top + row*len(drawn))
	d := newDrawing(right+240, int(bottom)+20, "The store beside its baseline: ratio of each scenario")
	d.text(10, 38, "start", "small", "1 is the baseline of the same rounds, red the limit that the project sets itself. Left of 1 is better for times, right of it for events a second.")
	x := newScale(figures, left, right)
	for _, p := range x.powers() {
		d.line(x.at(p), top-4, x.at(p), bottom, "grid")
		d.text(x.at(p), top-8, "middle", "small", figureText(p))
	}
	d.line(x.at(1), top-4, x.at(1), bottom, "axis")
	for i, r := range drawn {
		y := float64(top + row*i)
		class, label := "bar", figureText(r.Ratio)+" · "+figureText(r.Value)+" "+r.Unit
		if r.Met != nil && !*r.Met {
			class, label = "missed", label+", limit missed"
		}
		d.text(left-8, y+15, "end", "", r.Scenario)
		from, to := min(x.at(1), x.at(r.Ratio)), max(x.at(1), x.at(r.Ratio))
		d.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="14" class="%s"/>`, from, y+4, max(to-from, 1), class)
		if limit := r.limitRatio(); limit > 0 {
			d.line(x.at(limit), y+1, x.at(limit), y+21, "limit")
		}
		d.text(right+8, y+15, "start", "small", label)
	}
	return d.end()
}

// LatencyChart draws the percentiles of the time of an append over the number of
// clients. It returns "" when fewer than two numbers of clients were measured.
func LatencyChart(results []Result) string {
	const left, right, top, bottom = 70, 560, 50, 330
	var clients, times []float64
	var drawn []Result
	for _, r := range results {
		var n int
		if _, err := fmt.Sscanf(r.Scenario, "append/clients=%d", &n); err == nil && r.P50 > 0 {
			clients, drawn = append(clients, float64(n)), append(drawn, r)
			times = append(times, r.P50, r.P99, r.P999)
		}
	}
	if len(drawn) < 2 {
		return ""
	}
	d := newDrawing(right+90, bottom+50, "Time of one append")
	x, y := newScale(clients, left, right), newScale(times, bottom, top)
	for _, p := range y.powers() {
		d.line(left, y.at(p), right, y.at(p), "grid")
		d.text(left-8, y.at(p)+4, "end", "small", figureText(p)+" µs")
	}
	d.line(left, bottom, right, bottom, "axis")
	for _, c := range clients {
		d.text(x.at(c), bottom+18, "middle", "small", figureText(c))
	}
	d.text((left+right)/2, bottom+38, "middle", "small", "clients that append at the same time")
	for _, curve := range []struct {
		class, label string
		of           func(Result) float64
	}{
		{"p50", "median", func(r Result) float64 { return r.P50 }},
		{"p99", "99 %", func(r Result) float64 { return r.P99 }},
		{"p999", "99.9 %", func(r Result) float64 { return r.P999 }},
	} {
		var points []string
		for i, r := range drawn {
			points = append(points, fmt.Sprintf("%.1f,%.1f", x.at(clients[i]), y.at(curve.of(r))))
			d.put(`<circle cx="%.1f" cy="%.1f" r="3" class="%s"/>`, x.at(clients[i]), y.at(curve.of(r)), curve.class)
		}
		d.put(`<polyline points="%s" class="%s line"/>`, strings.Join(points, " "), curve.class)
		last := len(drawn) - 1
		d.text(x.at(clients[last])+10, y.at(curve.of(drawn[last]))+4, "start", "small", curve.label)
	}
	return d.end()
}
