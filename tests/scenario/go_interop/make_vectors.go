// Makes the vectors in tests/golden/go with Go's own sumdb/note and sumdb/tlog and nothing of ours: a log of 300
// entries, its checkpoint signed and cosigned, proofs that entries are in it and that it continues an older one.
//
// make_vectors FOLDER. The keys are fixed, so the files are the same each time.
//
//	GO111MODULE=off GOPATH=/usr/share/gocode go run make_vectors.go ../../golden/go
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// cosigner is a signer of C2SP tlog-cosignature, Ed25519, at one time.
type cosigner struct {
	name string
	key  ed25519.PrivateKey
	time uint64
}

func (c cosigner) id(kind byte) uint32 {
	sum := sha256.Sum256(append([]byte(c.name+"\n"), append([]byte{kind}, c.key.Public().(ed25519.PublicKey)...)...))
	return binary.BigEndian.Uint32(sum[:])
}
func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.id(4) }
func (c cosigner) Sign(msg []byte) ([]byte, error) {
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", c.time)), msg...)
	out := binary.BigEndian.AppendUint64(nil, c.time)
	return append(out, ed25519.Sign(c.key, signed)...), nil
}
func (c cosigner) vkey() string {
	material := append([]byte{4}, c.key.Public().(ed25519.PublicKey)...)
	return fmt.Sprintf("%s+%08x+%s", c.name, c.KeyHash(), base64.StdEncoding.EncodeToString(material))
}

type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		hashes = append(hashes, m[i])
	}
	return hashes, nil
}

func lines(hashes []tlog.Hash) string {
	var out string
	for _, hash := range hashes {
		out += hash.String() + "\n"
	}
	return out
}

func main() {
	folder := os.Args[1]
	write := func(name, text string) { must(os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644)) }

	// note.GenerateKey draws from a reader: 32 bytes of it are the seed.
	skey, vkey, err := note.GenerateKey(bytes.NewReader(bytes.Repeat([]byte{7}, 64)), "vectors.example.org/log")
	must(err)
	signer, err := note.NewSigner(skey)
	must(err)
	witness := cosigner{"vectors.example.org/w1", ed25519.NewKeyFromSeed(bytes.Repeat([]byte{9}, 32)), 1700000000}
	write("log.vkey", vkey+"\n")
	write("policy.txt", "log "+vkey+"\nwitness W "+witness.vkey()+"\nquorum W\n")

	const size, older = 300, 77
	var hashes memory
	var oldRoot tlog.Hash
	for i := int64(0); i < size; i++ {
		stored, err := tlog.StoredHashes(i, []byte(fmt.Sprintf("entry %d of the vectors", i)), hashes)
		must(err)
		hashes = append(hashes, stored...)
		if i+1 == older {
			oldRoot, err = tlog.TreeHash(older, hashes)
			must(err)
		}
	}
	root, err := tlog.TreeHash(size, hashes)
	must(err)
	checkpoint := func(n int64, hash tlog.Hash, signers ...note.Signer) string {
		signed, err := note.Sign(&note.Note{Text: fmt.Sprintf("vectors.example.org/log\n%d\n%s\n", n, hash)}, signers...)
		must(err)
		return string(signed)
	}
	signed := checkpoint(size, root, signer, witness)
	write("checkpoint", signed)
	write("older.checkpoint", checkpoint(older, oldRoot, signer))

	for _, index := range []int64{0, 76, 77, 255, 256, 299} {
		proof, err := tlog.ProveRecord(size, index, hashes)
		must(err)
		write(fmt.Sprintf("entry-%d.tlog-proof", index),
			fmt.Sprintf("c2sp.org/tlog-proof@v1\nindex %d\n%s\n%s", index, lines(proof), signed))
	}
	proof, err := tlog.ProveTree(size, older, hashes)
	must(err)
	write("continuation", fmt.Sprintf("old %d\n%s\n%s", older, lines(proof), signed))
}
