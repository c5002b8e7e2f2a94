package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"github.com/beep-chat/beep/cmd/beep/node"
	"github.com/beep-chat/beep/internal/redisdb"
	"github.com/beep-chat/beep/storage/cql"
)

// clusterOptions translates where the nodes of a cluster meet; nil for a lone node.
func clusterOptions(cfg Config) (*node.Cluster, error) {
	if cfg.Store.Engine != engineCQL {
		return nil, nil
	}
	store, err := cqlOptions(cfg.CQL)
	if err != nil {
		return nil, err
	}
	shared, err := redisOptions(cfg.Redis)
	if err != nil {
		return nil, err
	}
	return &node.Cluster{CQL: store, Redis: shared}, nil
}

func cqlOptions(c CQLConfig) (cql.Options, error) {
	secure, err := tlsConfig("cql.ca_file", c.TLS, c.CAFile)
	return cql.Options{Hosts: c.Hosts, Datacenter: c.Datacenter, Keyspace: c.Keyspace, Replication: c.Replication,
		Username: c.Username, Password: c.Password, TLS: secure}, err
}

func redisOptions(c RedisConfig) (redisdb.Options, error) {
	secure, err := tlsConfig("redis.ca_file", c.TLS, c.CAFile)
	return redisdb.Options{Addrs: c.Addrs, Master: c.Master, Username: c.Username, Password: c.Password, Database: c.Database,
		Prefix: c.Prefix, TLS: secure}, err
}

// tlsConfig is nil when TLS is off.
func tlsConfig(key string, on bool, caFile string) (*tls.Config, error) {
	if !on {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if caFile == "" {
		return c, nil
	}
	pem, err := os.ReadFile(caFile)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %s holds no certificate in PEM form", key, caFile)
	}
	return c, nil
}
