package decisiontest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/opossum-go/opossum/application/decisiontest"
	"github.com/opossum-go/opossum/domain"
)

func TestGoldenFilesHoldTheStoredFormOfEvents(t *testing.T) {
	decisiontest.Golden(t,
		CourseDefined{"c1", 30}, CourseDefined{"c2", 0}, StudentSubscribed{"s1", "c1"},
		VoucherRedeemed{Voucher: "v1", At: time.Date(2031, time.March, 5, 14, 7, 9, 123456789, time.UTC)})
	decisiontest.GoldenVersion(t, "v1", CourseDefined{Course: "c1"})
}

// renamed is CourseDefined after a careless change.
type renamed struct {
	Course string `json:"course"`
	Seats  int    `json:"seats"`
}

func (renamed) EventType() string  { return "CourseDefined" }
func (renamed) Tags() []domain.Tag { return nil }

// forgetful does not decode what it encodes.
type forgetful struct {
	Course string `json:"course"`
	Seats  int    `json:"-"`
}

func (forgetful) EventType() string  { return "Forgetful" }
func (forgetful) Tags() []domain.Tag { return nil }

func TestAChangedStoredFormIsNoticed(t *testing.T) {
	tests := []struct {
		name string
		test func(t testing.TB)
		says string
	}{
		{"a field got another name", func(t testing.TB) { decisiontest.Golden(t, renamed{"c1", 30}) }, "the stored form has changed"},
		{"an old version reads as something else", func(t testing.TB) { decisiontest.GoldenVersion(t, "v1", CourseDefined{"c1", 30}) }, "decodes to another event"},
		{"an old version has no file", func(t testing.TB) { decisiontest.GoldenVersion(t, "v9", CourseDefined{"c1", 30}) }, "CourseDefined.v9.json: there is no such file"},
		{"an event has no file", func(t testing.TB) { decisiontest.Golden(t, VoucherIssued{"v1"}) }, "OPOSSUM_UPDATE_GOLDEN=1"},
		{"there is no event", func(t testing.TB) { decisiontest.Golden(t) }, "no events"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := try(t, tt.test)
			if !r.Failed() || !strings.Contains(r.Text(), tt.says) {
				t.Errorf("failed: %v, says %q, want %q in it", r.Failed(), r.Text(), tt.says)
			}
		})
	}
}

func TestGoldenFilesAreWrittenOnRequest(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(decisiontest.UpdateVariable, "1")
	decisiontest.Golden(t, CourseDefined{"c1", 30}, CourseDefined{"c2", 0}, forgetful{"c1", 30})

	text, err := os.ReadFile(filepath.Join("testdata", "events", "CourseDefined-2.json"))
	if want := "{\n  \"course\": \"c2\",\n  \"capacity\": 0\n}\n"; err != nil || string(text) != want {
		t.Errorf("the file holds %q, %v, want %q", text, err, want)
	}

	t.Setenv(decisiontest.UpdateVariable, "")
	decisiontest.Golden(t, CourseDefined{"c1", 30}, CourseDefined{"c2", 0})
	r := try(t, func(t testing.TB) { decisiontest.Golden(t, forgetful{"c1", 30}) })
	if !r.Failed() || !strings.Contains(r.Text(), "decodes to another event") {
		t.Errorf("an event that loses a field on its way passes: %q", r.Text())
	}
}
