// Command cmd is package hollow as a process: the pod runner of a cluster that outlives the
// command that started it. hollow.Args says how it is called.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"k8s.io/client-go/tools/clientcmd"

	"slipway.dev/golden/cluster/machine/hollow"
)

func main() {
	kubeconfig := flag.String("kubeconfig", "", "the cluster")
	volumes := flag.String("volumes", "", "folder of the volumes of claims")
	nodes := flag.String("volume-nodes", "", "other nodes that the volumes are on, separated by commas")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *kubeconfig, *volumes, *nodes); err != nil {
		fmt.Fprintln(os.Stderr, "hollow:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, volumes, nodes string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return fmt.Errorf("read %s: %w", kubeconfig, err)
	}
	options := hollow.Options{Volumes: volumes, Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	if nodes != "" {
		options.VolumeNodes = strings.Split(nodes, ",")
	}
	runner, err := hollow.New(config, options)
	if err != nil {
		return err
	}
	return runner.Run(ctx)
}
