package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"slipway.dev/cmd/slipway/internal/pact"
)

// index is what fetch leaves beside the pacts, for publish: to whom it tells that they are kept.
// Tests cannot write it.
type index struct {
	Provider string    `json:"provider"`
	Pacts    []fetched `json:"pacts"`
}

type fetched struct {
	File     string `json:"file"`
	Consumer string `json:"consumer"`
	Results  string `json:"results"`
	Pending  bool   `json:"pending,omitempty"`
}

// What fetch makes in its folder, and tests in theirs.
const (
	indexFile    = "index.json"
	pactFiles    = "files"   // what the provider must keep
	pendingFiles = "pending" // what it has never kept, and need not yet
	writtenFiles = "pacts"   // what the consumer expects
	keptFiles    = "kept"    // empty files, called like those of pending pacts that were kept
)

func newContracts(w world) *cobra.Command {
	c := &cobra.Command{
		Use:   "contracts",
		Short: "Get contracts from a Pact Broker, and publish them",
		Long: `Contracts is what pipelines do beside tests of contracts, so that the tests need no
credential of the Pact Broker: they read and write files. A service is known to the
broker by its own name, and a version of it is a commit.`,
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newContractsFetch(w), newContractsPublish(w))
	return c
}

// brokerFlags are those of both; they have to be given.
func brokerFlags(c *cobra.Command, b *pact.Broker, branch *string) {
	f := c.Flags()
	f.StringVar(&b.URL, "broker", "", "the address of the Pact Broker, as it calls itself")
	f.StringVar(&b.Credentials, "credentials", "", "a folder with token, or username and password")
	f.StringVar(branch, "branch", "", "the branch that releases are made from")
	required(c, "broker", "branch")
}

func newContractsFetch(w world) *cobra.Command {
	var b pact.Broker
	var branch, to string
	c := &cobra.Command{
		Use:   "fetch SERVICE --broker URL --branch BRANCH --to FOLDER",
		Short: "Write the pacts that a provider is held against",
		Long: `Fetch writes the pacts that a provider is held against before it is released, those of
its consumers' main branches and of what is deployed or released of them, into the
folder files of FOLDER. What it has never kept goes into the folder pending: it need not
yet.`,
		Args: arguments("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			b.HTTP = w.http
			return fetchContracts(c.Context(), w, b, args[0], branch, to)
		},
	}
	c.Flags().StringVar(&to, "to", "", "the folder; what an earlier fetch left there is replaced")
	brokerFlags(c, &b, &branch)
	required(c, "to")
	return c
}

func fetchContracts(ctx context.Context, w world, b pact.Broker, service, branch, to string) error {
	list, err := b.ForVerification(ctx, service, branch)
	if err != nil {
		return fmt.Errorf("get the pacts of %s: %s", service, printable(err.Error()))
	}
	root, err := os.OpenRoot(to)
	if err != nil {
		return err
	}
	defer root.Close()
	for _, dir := range []string{pactFiles, pendingFiles} {
		if err := root.RemoveAll(dir); err != nil {
			return err
		}
		if err := root.Mkdir(dir, 0o755); err != nil {
			return err
		}
	}
	pending := 0
	out := index{Provider: service, Pacts: []fetched{}}
	for _, p := range list {
		sum := sha256.Sum256(p.Content)
		one := fetched{File: fileName(p.Consumer) + "-" + hex.EncodeToString(sum[:6]) + ".json", Consumer: p.Consumer, Results: p.Results, Pending: p.Pending}
		dir, yet := pactFiles, ""
		if p.Pending {
			dir, yet = pendingFiles, ", and need not be kept yet"
			pending++
		}
		if err := root.WriteFile(dir+"/"+one.File, p.Content, 0o644); err != nil {
			return err
		}
		out.Pacts = append(out.Pacts, one)
		fmt.Fprintf(w.out, "%s: what %s expects%s\n", one.File, printable(p.Consumer), yet)
		if p.Why != "" {
			fmt.Fprintf(w.out, "  %s\n", printable(p.Why))
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	if err := root.WriteFile(indexFile, text, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(w.out, "%s is held against %s; %d more need not be kept yet\n", service, count(len(list)-pending, "pact", "pacts"), pending)
	return nil
}

// fileName is a name as part of a file's: whatever the broker calls a consumer, it stays in
// the folder, and shells read nothing into it.
func fileName(name string) string {
	var out strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case out.Len() == 60:
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			out.WriteRune(r)
		case out.Len() > 0 && !strings.HasSuffix(out.String(), "-"):
			out.WriteByte('-')
		}
	}
	return cmp.Or(strings.Trim(out.String(), "-"), "consumer")
}

func newContractsPublish(w world) *cobra.Command {
	var b pact.Broker
	var v pact.Version
	var o published
	c := &cobra.Command{
		Use:   "publish SERVICE --broker URL --branch BRANCH --commit SHA [--wrote FOLDER] [--verified FOLDER] [--consumer]",
		Short: "Say what a commit expects, and which pacts it keeps",
		Long: `Publish tells the broker of a commit whose contract tests passed: what it expects as a
consumer (--consumer), and that it keeps as a provider what fetch got (--verified, the
folder of fetch). What it need not keep yet, it keeps when the tests say so.

--wrote is the folder of what the tests wrote: pacts in the folder pacts, and in the
folder kept a file for each pact of the folder pending that they found kept, called like
it. Only plain files are taken, and only pacts of which the consumer is the service.`,
		Args: arguments("SERVICE"),
		RunE: func(c *cobra.Command, args []string) error {
			b.HTTP, v.Service = w.http, args[0]
			if !fullSHA.MatchString(v.Commit) {
				return fmt.Errorf("%q is not a full commit SHA", v.Commit)
			}
			if o.wrote == "" && (o.consumer || o.verified == "") {
				return errors.New("publish needs --wrote, or --verified")
			}
			return publishContracts(c.Context(), w, b, v, o)
		},
	}
	f := c.Flags()
	f.StringVar(&v.Commit, "commit", "", "the commit that was tested, as a full SHA")
	f.StringVar(&o.wrote, "wrote", "", "the folder that the tests wrote")
	f.BoolVar(&o.consumer, "consumer", false, "the tests write pacts, at least one")
	f.StringVar(&o.verified, "verified", "", "the folder of fetch, when the tests held the service against it")
	brokerFlags(c, &b, &v.Branch)
	required(c, "commit")
	return c
}

// published is what there is to publish.
type published struct {
	wrote    string // the folder of the tests
	verified string // the folder of fetch
	consumer bool
}

func publishContracts(ctx context.Context, w world, b pact.Broker, v pact.Version, o published) error {
	var list []pact.Contract
	if o.consumer {
		var why string
		var err error
		if list, why, err = readContracts(o.wrote, v.Service); err != nil {
			return err
		}
		if why != "" {
			fmt.Fprintln(w.err, printable(why))
			return exit(exitFindings)
		}
	}
	kept, err := o.kept(v.Service)
	if err != nil {
		return err
	}
	fail := func(what string, err error) error {
		return fmt.Errorf("%s: %s", printable(what), printable(err.Error()))
	}
	if err := b.OnBranch(ctx, v); err != nil {
		return fail("tell the broker of the commit", err)
	}
	if len(list) > 0 {
		notices, err := b.Publish(ctx, v, list)
		if err != nil {
			return fail("publish", err)
		}
		for _, n := range notices {
			fmt.Fprintln(w.out, printable(n))
		}
	}
	for _, p := range kept {
		if err := b.Verified(ctx, p.Results, v.Commit); err != nil {
			return fail("say that the pact with "+p.Consumer+" is kept", err)
		}
		fmt.Fprintf(w.out, "%s keeps what %s expects\n", v.Service, printable(p.Consumer))
	}
	fmt.Fprintf(w.out, "published of %s at %s: %s, and %s kept\n", v.Service, v.Commit, count(len(list), "pact", "pacts"), count(len(kept), "pact", "pacts"))
	return nil
}

// kept are the pacts that the provider keeps: all that it must, and of the others those of
// which its tests say so.
func (o published) kept(service string) (out []fetched, err error) {
	if o.verified == "" {
		return nil, nil
	}
	root, err := os.OpenRoot(o.verified)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var all index
	text, err := root.ReadFile(indexFile)
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || all.Provider != service {
		return nil, fmt.Errorf("%s holds nothing that was fetched for %s", o.verified, service)
	}
	for _, p := range all.Pacts {
		if !p.Pending || o.says(p.File) {
			out = append(out, p)
		}
	}
	return out, nil
}

// says reports whether tests found a pact kept that need not be. It only asks whether there is
// a file of that name.
func (o published) says(name string) bool {
	if o.wrote == "" {
		return false
	}
	root, err := os.OpenRoot(o.wrote)
	if err != nil {
		return false
	}
	defer root.Close()
	info, err := root.Lstat(keptFiles + "/" + name)
	return err == nil && info.Mode().IsRegular()
}

// readContracts reads the pacts in a folder that a team's code wrote; why says what is wrong
// with one of them.
func readContracts(dir, service string) (list []pact.Contract, why string, err error) {
	top, err := os.OpenRoot(dir)
	if err != nil {
		return nil, "", err
	}
	defer top.Close()
	info, err := top.Lstat(writtenFiles)
	if errors.Is(err, os.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, "the tests wrote no pact", nil
	}
	if err != nil {
		return nil, "", err
	}
	root, err := top.OpenRoot(writtenFiles)
	if err != nil {
		return nil, "", err
	}
	defer root.Close()
	entries, err := readFolder(root)
	if err != nil {
		return nil, "", err
	}
	if len(entries) > pact.MostPacts {
		return nil, fmt.Sprintf("there are more than %d files; that many pacts are not published", pact.MostPacts), nil
	}
	with, bytes := map[string]string{}, 0 // the file, by provider
	for _, name := range entries {
		text, why, err := readPlain(root, name)
		if err != nil || why != "" {
			return nil, why, err
		}
		c, err := pact.Read(text)
		bytes += len(text)
		switch {
		case bytes > pact.MostBytes:
			return nil, fmt.Sprintf("the pacts have more than %d MB together", pact.MostBytes>>20), nil
		case err != nil:
			return nil, fmt.Sprintf("%s: %v", name, err), nil
		case c.Consumer != service:
			return nil, fmt.Sprintf("%s: its consumer is %q, but %s publishes only what it expects itself; call the consumer %q in the tests", name, c.Consumer, service, service), nil
		case with[c.Provider] != "":
			return nil, fmt.Sprintf("%s and %s are both pacts with %q; have the tests write one", with[c.Provider], name, c.Provider), nil
		}
		with[c.Provider] = name
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, "the tests wrote no pact", nil
	}
	return list, "", nil
}

// readFolder are the names in it, sorted; one more than may be at most.
func readFolder(root *os.Root) ([]string, error) {
	f, err := root.Open(".")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	names, err := f.Readdirnames(pact.MostPacts + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	slices.Sort(names)
	return names, nil
}

// readPlain reads a plain file. A link could lead to our credential, and a pipe holds us up:
// what is opened is what was looked at.
func readPlain(root *os.Root, name string) (text []byte, why string, err error) {
	before, err := root.Lstat(name)
	if err != nil {
		return nil, "", err
	}
	if !before.Mode().IsRegular() {
		return nil, name + " is not a plain file", nil
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	after, err := f.Stat()
	if err != nil || !os.SameFile(before, after) {
		return nil, name + " is another file now", err
	}
	text, err = io.ReadAll(io.LimitReader(f, pact.MostPact+1))
	if len(text) > pact.MostPact {
		return nil, fmt.Sprintf("%s has more than %d MB; pacts are not that large", name, pact.MostPact>>20), nil
	}
	return text, "", err
}

// contracts is who is asked whether a release fits what runs where it goes.
type contracts struct{ pact.Broker }

func (k *contracts) flags(f *pflag.FlagSet) {
	f.StringVar(&k.URL, "pact-broker", "", "the address of a Pact Broker: refuse releases of services with contracts that it says do not fit")
	f.StringVar(&k.Credentials, "pact-credentials", "", "a folder with token, or username and password, for the broker")
}
