package memory

import (
	"fmt"
	"testing"
)

func TestAListOfKeysThatComeAndGoStaysAsLongAsThoseThatBelong(t *testing.T) {
	belongs := map[string]bool{}
	list := &keyList{}
	for n := range 10_000 {
		key := fmt.Sprint("k", n%500)
		belongs[key] = true
		list.add(key, func(key string) bool { return belongs[key] })
		if n%1000 == 999 {
			list.inOrder(func(key string) bool { return belongs[key] })
		}
		delete(belongs, key)
		list.drop()
	}
	if kept := len(list.sorted) + len(list.added); kept > 64 {
		t.Errorf("a list to which no key belongs keeps %d of them, want at most 64", kept)
	}
}
