package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// redis is a server of the bench's own, which keeps nothing on disk, as the product allows.
type redis struct {
	*process
	addr string
}

func startRedis(ctx context.Context, dir string) (*redis, error) {
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(dir, "redis")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.CommandContext(ctx, "redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", folder)
	r := &redis{addr: addr}
	r.process, _, err = launch(ctx, cmd, func(context.Context) bool {
		_, err := r.info()
		return err == nil
	})
	if err != nil {
		return nil, fmt.Errorf("start redis: %w", err)
	}
	return r, nil
}

// info reads the server's numbers.
func (r *redis) info() (map[string]float64, error) {
	c, err := net.DialTimeout("tcp", r.addr, time.Second)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	if err := c.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return nil, err
	}
	if _, err := io.WriteString(c, "INFO\r\n"); err != nil {
		return nil, err
	}
	in := bufio.NewReader(c)
	head, err := in.ReadString('\n')
	if err != nil {
		return nil, err
	}
	length, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(head, "$")))
	if err != nil || length < 0 || length > 1<<20 {
		return nil, fmt.Errorf("redis answered %q", head)
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(in, body); err != nil {
		return nil, err
	}
	out := map[string]float64{}
	for l := range strings.Lines(string(body)) {
		name, value, _ := strings.Cut(strings.TrimSpace(l), ":")
		if v, err := strconv.ParseFloat(value, 64); err == nil {
			out[name] = v
		}
	}
	return out, nil
}

// redisUse is what Redis did.
type redisUse struct{ commands, in, out, seconds float64 }

func (r *redis) use() (redisUse, error) {
	i, err := r.info()
	return redisUse{i["total_commands_processed"], i["total_net_input_bytes"], i["total_net_output_bytes"], i["used_cpu_sys"] + i["used_cpu_user"]}, err
}

func (u redisUse) since(before redisUse) redisUse {
	return redisUse{u.commands - before.commands, u.in - before.in, u.out - before.out, u.seconds - before.seconds}
}
