package machine

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// names are what the server certificate is good for: the API server by address and by name
// (two clusters, as Argo CD sees it), a second loopback address, and what clients inside a
// cluster call it.
var names = []string{
	"127.0.0.1", "127.0.0.2", "localhost",
	"kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
}

// makeKeys writes an authority that lives as long as the cluster, one certificate for all
// its servers, one for clients that may do everything, the key that signs tokens of service
// accounts, and the tokens of administrator and Git.
func (c *Cluster) makeKeys() error {
	ca, err := newAuthority(c.path("pki", "ca.crt"))
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	hosts := names
	if c.Bridge != "" {
		hosts = append(hosts[:len(hosts):len(hosts)], c.Bridge)
	}
	err = ca.issue(c.path("pki", "server"), pkix.Name{CommonName: "slipway-cluster"}, hosts)
	if err == nil {
		err = ca.issue(c.path("pki", "admin"), pkix.Name{CommonName: "admin", Organization: []string{"system:masters"}}, nil)
	}
	if err == nil {
		_, err = newKey(c.path("pki", "accounts"))
	}
	if err == nil {
		err = os.WriteFile(c.path("admin-token"), []byte(newToken()), 0o600)
	}
	if err == nil {
		err = os.WriteFile(c.path("git-token"), []byte(newToken()), 0o600)
	}
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	return nil
}

// Certificates makes an authority that has nothing to do with the cluster's, and of it a
// certificate for a server of these names and one for its clients: dir/ca.crt, and
// dir/server and dir/client with .crt and .key.
func Certificates(dir string, hosts []string) error {
	ca, err := newAuthority(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return err
	}
	if err := ca.issue(filepath.Join(dir, "server"), pkix.Name{CommonName: "server"}, hosts); err != nil {
		return err
	}
	return ca.issue(filepath.Join(dir, "client"), pkix.Name{CommonName: "client"}, nil)
}

func newToken() string {
	b := make([]byte, 24)
	rand.Read(b) // never returns an error
	return base64.RawURLEncoding.EncodeToString(b)
}

func (c *Cluster) token(file string) string {
	data, _ := os.ReadFile(c.path(file)) // an empty token is refused by who reads it
	return strings.TrimSpace(string(data))
}

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

func newAuthority(path string) (*authority, error) {
	key, err := newKey(strings.TrimSuffix(path, ".crt"))
	if err != nil {
		return nil, err
	}
	t := template(pkix.Name{CommonName: "slipway-cluster-ca"})
	t.IsCA, t.BasicConstraintsValid = true, true
	t.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return nil, err
	}
	t, err = x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &authority{t, key}, writePEM(path, "CERTIFICATE", der)
}

// issue writes path.crt and path.key, for servers of these names or addresses and for
// clients alike: etcd's peer is both.
func (ca *authority) issue(path string, who pkix.Name, hosts []string) error {
	key, err := newKey(path)
	if err != nil {
		return err
	}
	t := template(who)
	t.KeyUsage = x509.KeyUsageDigitalSignature
	t.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, t, ca.certificate, key.Public(), ca.key)
	if err != nil {
		return err
	}
	return writePEM(path+".crt", "CERTIFICATE", der)
}

// template is good for a month from an hour ago; a cluster lives for hours.
func template(who pkix.Name) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // the system has no randomness
	}
	now := time.Now()
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      who,
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(30 * 24 * time.Hour),
	}
}

// newKey writes path.key.
func newKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	return key, writePEM(path+".key", "EC PRIVATE KEY", der)
}

func writePEM(path, kind string, der []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// clientTLS trusts this cluster's authority and shows the administrator's certificate.
func (c *Cluster) clientTLS() (*tls.Config, error) {
	ca, err := os.ReadFile(c.CA())
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(ca)
	pair, err := tls.LoadX509KeyPair(c.path("pki", "admin.crt"), c.path("pki", "admin.key"))
	if err != nil {
		return nil, err
	}
	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}}, nil
}
