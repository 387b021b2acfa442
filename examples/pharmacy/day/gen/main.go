// Command gen writes day.json: the same file each time. What the day tells is in
// the stories files; the rest is everyday work, made up by a generator of random
// numbers with a fixed seed.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/opossum-go/opossum/examples/pharmacy/day"
)

func main() {
	out := flag.String("o", "day.json", "the file to write")
	flag.Parse()
	text, err := format(build())
	if err == nil {
		err = os.WriteFile(*out, text, 0o600)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// build tells the whole day.
func build() *day.Day {
	b := newBuilder()
	b.hire()
	b.meetPrescribers()
	b.everydayWork()
	b.partialFills()
	b.prescriptionRules()
	b.peopleAndPrescribers()
	b.stockTroubles()
	b.count()
	b.lossesAndDoses()
	b.races()
	b.close()
	return b.finish()
}

// format writes the day with one line an item, so that people can read it and
// compare two versions.
func format(d *day.Day) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("{\n")
	v := reflect.ValueOf(*d)
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		field := v.Field(i)
		fmt.Fprintf(&out, "%q: ", name)
		if field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct {
			out.WriteString("[\n")
			for n := range field.Len() {
				line, err := marshal(field.Index(n).Interface())
				if err != nil {
					return nil, err
				}
				out.Write(line)
				if n < field.Len()-1 {
					out.WriteByte(',')
				}
				out.WriteByte('\n')
			}
			out.WriteByte(']')
		} else {
			line, err := marshal(field.Interface())
			if err != nil {
				return nil, err
			}
			out.Write(line)
		}
		if i < v.NumField()-1 {
			out.WriteByte(',')
		}
		out.WriteByte('\n')
	}
	out.WriteString("}\n")
	_, err := day.Read(out.Bytes())
	return out.Bytes(), err
}

// marshal is json.Marshal without the escapes for web pages.
func marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}
