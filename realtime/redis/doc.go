// Package redis is the log of a cluster of nodes, carried by one Redis, and its bus for what is not logged.
package redis
