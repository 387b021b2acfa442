package decisiontest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/opossum-go/opossum/decision"
)

// UpdateVariable is the environment variable that makes [Golden] write its files
// instead of comparing them, when it is set to anything.
const UpdateVariable = "OPOSSUM_UPDATE_GOLDEN"

// goldenFolder is where the files are, in the folder of the test.
var goldenFolder = filepath.Join("testdata", "events")

// Golden holds the stored form of events: the data of each must be what stands in
// testdata/events/<event type>.json, but for white space, and that file must
// decode to the event again. Of several events of one type the second has the
// file <event type>-2.json, and so on. What was stored once has to be readable for
// ever, so a change of these files is a change of a format: keep the old file for
// [GoldenVersion].
//
// Files are written by running the test with OPOSSUM_UPDATE_GOLDEN=1.
func Golden(t testing.TB, events ...decision.Event) {
	t.Helper()
	eachGolden(t, "", events, func(path string, data []byte, event decision.Event) error {
		if os.Getenv(UpdateVariable) != "" {
			return writeGolden(path, data)
		}
		file, err := readGolden(path)
		if err != nil {
			return err
		}
		if !bytes.Equal(file, data) {
			return fmt.Errorf("the stored form has changed\nfile:  %s\nevent: %s\nkeep the file under another name for GoldenVersion, then run with %s=1", file, data, UpdateVariable)
		}
		return decodesTo(file, event)
	})
}

// GoldenVersion holds that the data of an old version can still be read: the file
// testdata/events/<event type>.<version>.json must decode to the event. It is
// never written: copy the file of [Golden] before the event changes.
func GoldenVersion(t testing.TB, version string, events ...decision.Event) {
	t.Helper()
	eachGolden(t, "."+version, events, func(path string, _ []byte, event decision.Event) error {
		file, err := readGolden(path)
		if err != nil {
			return err
		}
		return decodesTo(file, event)
	})
}

func eachGolden(t testing.TB, suffix string, events []decision.Event, check func(path string, data []byte, event decision.Event) error) {
	t.Helper()
	if len(events) == 0 {
		t.Fatal("decisiontest: golden files of no events")
	}
	seen := map[string]int{}
	for i, event := range events {
		encoded, err := decision.Encode(event)
		if err != nil {
			t.Fatalf("decisiontest: golden event %d: %v", i+1, err)
		}
		name := encoded.Type + suffix
		if seen[name]++; seen[name] > 1 {
			name = fmt.Sprintf("%s-%d", name, seen[name])
		}
		path := filepath.Join(goldenFolder, name+".json")
		if err := check(path, encoded.Data, event); err != nil {
			t.Errorf("decisiontest: %s: %v", filepath.ToSlash(path), err)
		}
	}
}

func readGolden(path string) ([]byte, error) {
	text, err := os.ReadFile(path) //nolint:gosec // the path is made of an event type of the test's own package
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no such file, Golden writes those of today with %s=1", UpdateVariable)
	}
	if err != nil {
		return nil, err
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return nil, fmt.Errorf("is no JSON: %w", err)
	}
	return compact.Bytes(), nil
}

func writeGolden(path string, data []byte) error {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, data, "", "  "); err != nil {
		return err
	}
	pretty.WriteByte('\n')
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return err
	}
	return os.WriteFile(path, pretty.Bytes(), 0o600)
}

// decodesTo decodes data as handlers and codecs do.
func decodesTo(data []byte, want decision.Event) error {
	value := reflect.New(reflect.TypeOf(want))
	if err := json.Unmarshal(data, value.Interface()); err != nil {
		return fmt.Errorf("cannot be decoded to %T: %w", want, err)
	}
	if got := value.Elem().Interface(); !reflect.DeepEqual(got, want) {
		return fmt.Errorf("decodes to another event\ngot:  %+v\nwant: %+v", got, want)
	}
	return nil
}
