package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/beep-chat/beep/storage/backup"
)

// envBackupKey holds the key of backups when --key-file does not name it.
const envBackupKey = "BEEP_BACKUP_KEY"

// maxKeyFile bounds a key file; a key is a line of text.
const maxKeyFile = 4 << 10

func newBackupCommand(o *globalOptions) *cobra.Command {
	var keyFile string
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Copy everything into one file, check it, bring it back",
		Long: `Copies all that Beep keeps in data_dir into one compressed, encrypted file, while Beep runs or not; checks such a file;
makes a data folder from it.

  openssl rand -hex 32 > backup.key           once; keep it away from the backups, and do not lose it
  beep backup create --key-file backup.key    makes ./beep-backup-20260131T030000Z.tar.zst.enc
  beep backup verify FILE --key-file backup.key
  beep backup restore FILE --key-file backup.key --data-dir ./beep-data

The key may also stand in ` + envBackupKey + `. Without a key the file is not encrypted.`,
	}
	cmd.PersistentFlags().StringVar(&keyFile, "key-file", "", "`file` that holds the key, at least 32 characters (default: $"+envBackupKey+")")
	key := func() ([]byte, error) { return backupKey(o.Env, keyFile) }
	cmd.AddCommand(newBackupCreateCommand(o, key), newBackupVerifyCommand(key), newBackupRestoreCommand(o, key))
	return cmd
}

func newBackupCreateCommand(o *globalOptions, key func() ([]byte, error)) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Make a backup of the data folder, while Beep runs or not",
		Long: `Makes a consistent copy of the data folder of the configuration: through the running node when there is one, directly
otherwise. All that was acknowledged before it begins is in it; people go on writing meanwhile. The file appears under
its name only when it is complete. Run it as the user that Beep runs as.

  beep backup create --key-file backup.key
  beep backup create --key-file backup.key --output /mnt/backups/beep-$(date +%F).tar.zst.enc`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, _, err := loadConfig(*o)
			if err != nil {
				return err
			}
			secret, err := key()
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if out == "" {
				out = defaultBackupName(time.Now(), secret != nil)
			}
			m, err := createBackup(ctx, cfg, out, secret, newByteProgress(cmd.ErrOrStderr(), "Copying"))
			if err != nil {
				return err
			}
			return reportCreated(cmd.OutOrStdout(), out, m, secret != nil)
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "`file` to make (default: ./beep-backup-TIME.tar.zst, with .enc when encrypted)")
	return cmd
}

func newBackupVerifyCommand(key func() ([]byte, error)) *cobra.Command {
	var temp string
	cmd := &cobra.Command{
		Use:   "verify FILE",
		Short: "Read a whole backup, check every file in it, and open its store",
		Long: `Reads the backup to its end, holds every file against its digest, and opens the store in a temporary folder, which needs
the size of the data for the moment. Nothing else is touched.

  beep backup verify beep-backup-20260131T030000Z.tar.zst.enc --key-file backup.key`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			secret, err := key()
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			m, err := verifyBackup(ctx, args[0], temp, secret, newByteProgress(cmd.ErrOrStderr(), "Checking"))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "The backup is whole and its store opens.\n%s", describe(m))
			return nil
		},
	}
	cmd.Flags().StringVar(&temp, "temp-dir", os.TempDir(), "`folder` to unpack in")
	return cmd
}

func newBackupRestoreCommand(o *globalOptions, key func() ([]byte, error)) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "restore FILE",
		Short: "Make a data folder from a backup",
		Long: `Unpacks a backup into a folder that is empty or does not exist yet, checks it as verify does, and gives the copy a new
event sequence, so that clients that come back fetch everything anew instead of going on in a past that is gone. If
anything is wrong the folder is left as it was.

  beep backup restore beep-backup-20260131T030000Z.tar.zst.enc --key-file backup.key --data-dir ./beep-data
  BEEP_DATA_DIR=./beep-data beep serve`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if dir == "" {
				cfg, _, err := loadConfig(*o)
				if err != nil {
					return err
				}
				dir = cfg.DataDir
			}
			secret, err := key()
			if err != nil {
				return err
			}
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			m, err := restoreBackup(ctx, args[0], dir, secret, newByteProgress(cmd.ErrOrStderr(), "Restoring"))
			if err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "Restored into %s.\n%sStart it with: BEEP_DATA_DIR=%s beep serve\n", dir, describe(m), dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&dir, "data-dir", "", "`folder` to make (default: data_dir of the configuration)")
	return cmd
}

// backupKey gives the key that the flag or the environment names; nil when there is none. A key that was meant and is empty
// is an error: silence would leave a backup open that should be sealed.
func backupKey(env []string, file string) ([]byte, error) {
	var key []byte
	where := file
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return nil, fmt.Errorf("--key-file: %w", err)
		}
		defer f.Close()
		if key, err = io.ReadAll(io.LimitReader(f, maxKeyFile+1)); err != nil {
			return nil, fmt.Errorf("--key-file: %w", err)
		}
		if len(key) > maxKeyFile {
			return nil, fmt.Errorf("--key-file: %s is larger than a key; name the file that holds only the key", file)
		}
	} else {
		for _, pair := range env {
			if name, value, ok := strings.Cut(pair, "="); ok && name == envBackupKey {
				key, where = []byte(value), "$"+envBackupKey
			}
		}
		if where == "" {
			return nil, nil
		}
	}
	if key = bytes.TrimSpace(key); len(key) == 0 {
		return nil, errors.New(where + " holds no key; make one with: openssl rand -hex 32")
	}
	if err := backup.CheckKey(key); err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	return key, nil
}

func defaultBackupName(now time.Time, sealed bool) string {
	name := "beep-backup-" + now.UTC().Format("20060102T150405Z") + ".tar.zst"
	if sealed {
		name += ".enc"
	}
	return name
}

func reportCreated(out io.Writer, path string, m backup.Manifest, sealed bool) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Backup made: %s (%s)\n%s", path, fileSize(info.Size()), describe(m))
	if !sealed {
		fmt.Fprintf(out, "It is NOT encrypted: whoever has the file can read every message. Give --key-file or $%s to encrypt it.\n", envBackupKey)
	}
	fmt.Fprintf(out, "Check it with: beep backup verify %s\n", path)
	return nil
}

func describe(m backup.Manifest) string {
	return fmt.Sprintf("It holds %d files of %s, made by Beep %s on %s, with all events up to %d of %s.\n",
		len(m.Files), fileSize(m.Bytes()), m.Beep, m.Time.Format(time.RFC3339), m.Position, m.Epoch)
}

func fileSize(n int64) string {
	if n < 1e6 {
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
