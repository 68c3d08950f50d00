// Command names answers pods that ask for a Service by its name: with the addresses of the
// pods behind it, as of a headless one, since nothing carries cluster addresses here. It
// knows no other names.
//
// It is part of the cluster that tests run on one machine, and good for nothing else.
package main

import (
	"context"
	"errors"
	"flag"
	"log"
	"net"
	"net/netip"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"golang.org/x/net/dns/dnsmessage"
	discovery "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	var listen, kubeconfig string
	flag.StringVar(&listen, "listen", "", "answer at this `address`, by UDP")
	flag.StringVar(&kubeconfig, "kubeconfig", "", "`file` that says where the API server is")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, listen, kubeconfig); err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, listen, kubeconfig string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	socket, err := net.ListenPacket("udp4", listen)
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { socket.Close() })
	for {
		packet := make([]byte, 512) // longer ones go by TCP (RFC 1035, 4.2.1)
		n, from, err := socket.ReadFrom(packet)
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			log.Print(err)
			continue
		}
		go func() {
			limited, cancel := context.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			if reply, err := answer(limited, client, packet[:n]); err != nil {
				log.Printf("%s: %v", from, err)
			} else if _, err := socket.WriteTo(reply, from); err != nil {
				log.Printf("%s: %v", from, err)
			}
		}()
	}
}

// answer is the reply to a question; an error where it is none.
func answer(ctx context.Context, client kubernetes.Interface, packet []byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(packet); err != nil {
		return nil, err
	}
	if m.Response || len(m.Questions) != 1 {
		return nil, errors.New("not one question")
	}
	q := m.Questions[0]
	m.Response, m.Authoritative, m.RecursionAvailable, m.RCode = true, true, true, dnsmessage.RCodeSuccess
	m.Answers, m.Authorities, m.Additionals = nil, nil, nil
	addresses, err := behind(ctx, client, q.Name.String())
	switch {
	case apierrors.IsNotFound(err):
		m.RCode = dnsmessage.RCodeNameError
	case err != nil:
		log.Printf("%s: %v", q.Name, err)
		m.RCode = dnsmessage.RCodeServerFailure
	}
	for _, a := range addresses {
		if q.Type == dnsmessage.TypeA {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET, TTL: 1},
				Body:   &dnsmessage.AResource{A: a.As4()},
			})
		}
	}
	return m.Pack()
}

// behind are the addresses of the ready pods of a Service, SERVICE.NAMESPACE.svc.cluster.local.
func behind(ctx context.Context, client kubernetes.Interface, name string) (out []netip.Addr, err error) {
	service, ok := strings.CutSuffix(strings.ToLower(name), ".svc.cluster.local.")
	service, namespace, found := strings.Cut(service, ".")
	if !ok || !found || strings.Contains(namespace, ".") {
		return nil, apierrors.NewNotFound(discovery.Resource("services"), name)
	}
	if _, err := client.CoreV1().Services(namespace).Get(ctx, service, metav1.GetOptions{}); err != nil {
		return nil, err
	}
	slices, err := client.DiscoveryV1().EndpointSlices(namespace).List(ctx, metav1.ListOptions{LabelSelector: discovery.LabelServiceName + "=" + service})
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Items {
		for _, e := range s.Endpoints {
			if e.Conditions.Ready == nil || !*e.Conditions.Ready {
				continue
			}
			for _, a := range e.Addresses {
				if address, err := netip.ParseAddr(a); err == nil && address.Is4() {
					out = append(out, address)
				}
			}
		}
	}
	return out, nil
}
