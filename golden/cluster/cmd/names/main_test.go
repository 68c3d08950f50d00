package main

import (
	"fmt"
	"slices"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
	corev1 "k8s.io/api/core/v1"
	discovery "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func TestAServiceIsAnsweredWithItsReadyPods(t *testing.T) {
	t.Parallel()
	meta := metav1.ObjectMeta{Namespace: "shop-dev", Name: "greeter", Labels: map[string]string{discovery.LabelServiceName: "greeter"}}
	yes, no := true, false
	client := fake.NewClientset(
		&corev1.Service{ObjectMeta: meta},
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "shop-dev", Name: "empty"}},
		&discovery.EndpointSlice{ObjectMeta: meta, Endpoints: []discovery.Endpoint{
			{Addresses: []string{"10.231.0.7"}, Conditions: discovery.EndpointConditions{Ready: &yes}},
			{Addresses: []string{"10.231.0.8"}, Conditions: discovery.EndpointConditions{Ready: &no}},
		}},
	)
	for _, c := range []struct {
		name string
		kind dnsmessage.Type
		want string
	}{
		{"greeter.shop-dev.svc.cluster.local.", dnsmessage.TypeA, "RCodeSuccess [10.231.0.7]"},
		{"Greeter.shop-dev.svc.cluster.local.", dnsmessage.TypeA, "RCodeSuccess [10.231.0.7]"},
		{"greeter.shop-dev.svc.cluster.local.", dnsmessage.TypeAAAA, "RCodeSuccess []"},
		{"empty.shop-dev.svc.cluster.local.", dnsmessage.TypeA, "RCodeSuccess []"},
		{"greeter.shop.svc.cluster.local.", dnsmessage.TypeA, "RCodeNameError []"},
		{"greeter.shop-dev.svc.", dnsmessage.TypeA, "RCodeNameError []"},
		{"a.greeter.shop-dev.svc.cluster.local.", dnsmessage.TypeA, "RCodeNameError []"},
		{"example.com.", dnsmessage.TypeA, "RCodeNameError []"},
	} {
		question := dnsmessage.Message{
			Header:    dnsmessage.Header{ID: 7, RecursionDesired: true},
			Questions: []dnsmessage.Question{{Name: dnsmessage.MustNewName(c.name), Type: c.kind, Class: dnsmessage.ClassINET}},
		}
		packet, err := question.Pack()
		if err != nil {
			t.Fatal(err)
		}
		reply, err := answer(t.Context(), client, packet)
		if err != nil {
			t.Fatal(err)
		}
		var m dnsmessage.Message
		if err := m.Unpack(reply); err != nil {
			t.Fatal(err)
		}
		addresses := []string{}
		for _, a := range m.Answers {
			b := a.Body.(*dnsmessage.AResource).A
			addresses = append(addresses, fmt.Sprintf("%d.%d.%d.%d", b[0], b[1], b[2], b[3]))
		}
		slices.Sort(addresses)
		if got := fmt.Sprint(m.RCode, " ", addresses); got != c.want || m.ID != 7 {
			t.Errorf("%s %v: got %s, want %s", c.name, c.kind, got, c.want)
		}
	}
	if _, err := answer(t.Context(), client, []byte("no question")); err == nil {
		t.Error("what is no question is answered")
	}
}
