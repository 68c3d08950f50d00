package node

import (
	"os"
	"path/filepath"
	"testing"
)

func TestAMountInTheFolderIsSeenWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	const mounts = `36 35 98:0 /mnt1 / rw,noatime master:1 - ext3 /dev/root rw
37 36 0:5 / /data/run/node/a\040pod rw - tmpfs tmpfs rw
38 36 0:5 / /data/runner rw - tmpfs tmpfs rw
`
	for dir, want := range map[string]string{
		"/data/run":              `/data/run/node/a\040pod`,
		"/data/run/node/a pod":   `/data/run/node/a\040pod`,
		"/data/runner":           "/data/runner",
		"/data/ru":               "",
		"/data/run/node/another": "",
	} {
		if got := mountBelow(mounts, dir); got != want {
			t.Errorf("below %s: %q, expected %q", dir, got, want)
		}
	}
}

func TestAFolderHasOneShortIdentity(t *testing.T) {
	t.Parallel()
	if identity("/data/run") != identity("/data/./run/") {
		t.Error("one folder has two identities")
	}
	if identity("/data/run") == identity("/data/run2") {
		t.Error("two folders have one identity")
	}
	if bridge := newNode("/data/run").bridge(); len(bridge) > 15 {
		t.Errorf("the kernel refuses a device named %s", bridge)
	}
}

func TestLogsAreThoseOfTheLastTryWithoutTheRuntimesMarks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for file, text := range map[string]string{
		"step-b/0.log": "2026-01-02T03:04:05Z stdout F of the first try\n",
		"step-b/1.log": "2026-01-02T03:04:05Z stdout P a line \n2026-01-02T03:04:05Z stdout F in two parts\n",
		"step-a/0.log": "2026-01-02T03:04:05Z stderr F a word\n",
	} {
		path := filepath.Join(dir, "node", "logs", "shop_cart-pod_1f2e", filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Logs(dir, "shop", "cart-pod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "--- step-a\na word\n--- step-b\na line in two parts\n"; got != want {
		t.Errorf("%q, expected %q", got, want)
	}
}
