package powertest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"testing"
)

// The writers are this test binary, started again with what they are to do in an
// environment variable.
const writerVariable = "OPOSSUM_POWER_WRITER"

func TestMain(m *testing.M) {
	text := os.Getenv(writerVariable)
	if text == "" {
		os.Exit(inOwnMounts(func() int {
			defer removePrograms()
			return m.Run()
		}))
	}
	var setup writerSetup
	err := json.Unmarshal([]byte(text), &setup)
	switch {
	case err != nil:
	case setup.Kernel == nil:
		err = newWriter(setup).run()
	case os.Getpid() == 1:
		err = setup.Kernel.write(setup)
	default:
		err = setup.Kernel.start(setup)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "writer:", err)
		os.Exit(1)
	}
}
