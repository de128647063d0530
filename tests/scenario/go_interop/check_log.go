// check_log LOG ASIDE: checks a log folder with golang.org/x/mod's sumdb/note and sumdb/tlog and
// nothing of ours: signature, every tile, every entry, proofs.
package main

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const tileHeight = 8
const tileWidth = 1 << tileHeight

func stop(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, "check_log: "+format+"\n", args...)
	os.Exit(1)
}

func must(err error) {
	if err != nil {
		stop("%v", err)
	}
}

// folderTiles reads C2SP tlog-tiles paths, which leave out sumdb's height: tile/8/0/000 is
// tile/0/000 and tile/8/data/000 is tile/entries/000.
type folderTiles struct {
	folder string
	read   map[tlog.Tile]bool
}

func (f *folderTiles) Height() int                         { return tileHeight }
func (f *folderTiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}

func (f *folderTiles) file(t tlog.Tile) string {
	path := strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", tileHeight), "tile/", 1)
	return filepath.Join(f.folder, strings.Replace(path, "tile/data/", "tile/entries/", 1))
}

// readWidth reads a partial tile or, as the specification allows, the full one in its place.
func (f *folderTiles) readWidth(t tlog.Tile) ([]byte, error) {
	data, err := os.ReadFile(f.file(t))
	if os.IsNotExist(err) && t.W < tileWidth {
		full := t
		full.W = tileWidth
		return os.ReadFile(f.file(full))
	}
	return data, err
}

func (f *folderTiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := f.readWidth(t)
		if err != nil {
			return nil, err
		}
		if len(data) < t.W*tlog.HashSize {
			return nil, fmt.Errorf("%s is short", f.file(t))
		}
		f.read[t] = true
		all = append(all, data[:t.W*tlog.HashSize])
	}
	return all, nil
}

// openCheckpoint verifies the signature and returns the tree head.
func openCheckpoint(file string, verifier note.Verifier) tlog.Tree {
	bytes, err := os.ReadFile(file)
	must(err)
	opened, err := note.Open(bytes, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() || lines[3] != "" {
		stop("%s: not origin, size, root", file)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	tree := tlog.Tree{N: size}
	if copy(tree.Hash[:], root) != tlog.HashSize {
		stop("%s: root", file)
	}
	return tree
}

// splitBundle takes w entries off a bundle: each after its length in two bytes.
func splitBundle(file string, data []byte, w int) [][]byte {
	var entries [][]byte
	for i := 0; i < w; i++ {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			stop("%s: entry %d is cut", file, i)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(data) != 0 {
		stop("%s: bytes after the last entry", file)
	}
	return entries
}

// memory answers from hashes that were computed here, entry by entry.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var hashes []tlog.Hash
	for _, i := range indexes {
		hashes = append(hashes, m[i])
	}
	return hashes, nil
}

func main() {
	if len(os.Args) != 3 {
		stop("usage: check_log LOG ASIDE")
	}
	folder, aside := os.Args[1], os.Args[2]
	vkey, err := os.ReadFile(filepath.Join(folder, "verifier.vkey"))
	must(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	must(err)
	tree := openCheckpoint(filepath.Join(folder, "checkpoint"), verifier)
	fmt.Printf("signature of %s verified: %d entries, root %v\n", verifier.Name(), tree.N, tree.Hash)
	if tree.N < 70000 || tree.N>>tileHeight%tileWidth == 0 || tree.N%tileWidth == 0 {
		stop("the log was to have partial tiles at two levels")
	}

	tiles := &folderTiles{folder, map[tlog.Tile]bool{}}
	hashes := tlog.TileHashReader(tree, tiles)
	var rebuilt memory
	var blinds int
	for first := int64(0); first < tree.N; first += tileWidth {
		width := tree.N - first
		if width > tileWidth {
			width = tileWidth
		}
		bundle := tlog.Tile{H: tileHeight, L: -1, N: first / tileWidth, W: int(width)}
		data, err := os.ReadFile(tiles.file(bundle))
		must(err)
		entries := splitBundle(tiles.file(bundle), data, int(width))
		indexes := make([]int64, width)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		leaves, err := hashes.ReadHashes(indexes)
		must(err)
		for i, entry := range entries {
			if tlog.RecordHash(entry) != leaves[i] {
				stop("entry %d does not hash to its leaf", first+int64(i))
			}
			stored, err := tlog.StoredHashesForRecordHash(first+int64(i), leaves[i], rebuilt)
			must(err)
			rebuilt = append(rebuilt, stored...)
			if bytes.Contains(entry, []byte(`,"blind":"`)) {
				blinds++
			}
		}
	}
	root, err := tlog.TreeHash(tree.N, rebuilt)
	must(err)
	if root != tree.Hash {
		stop("the entries do not make the signed root")
	}
	if int64(blinds) != tree.N {
		stop("%d of %d entries carry a blind", blinds, tree.N)
	}
	// The reader above skips some full tiles where several hashes of the tree's own lie in one, so
	// each tile is held against what the entries make.
	for tile := range tiles.read {
		expected, err := tlog.ReadTileData(tile, rebuilt)
		must(err)
		actual, err := tiles.readWidth(tile)
		must(err)
		if !bytes.Equal(expected, actual) {
			stop("%s is not what the entries make", tiles.file(tile))
		}
	}
	fmt.Printf("%d entries hash to their leaves and to the signed root, as do all %d tiles\n",
		tree.N, len(tiles.read))

	old := openCheckpoint(filepath.Join(aside, "old-checkpoint"), verifier)
	proof, err := tlog.ProveTree(tree.N, old.N, hashes)
	must(err)
	must(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	fmt.Printf("consistent with the checkpoint of %d entries\n", old.N)

	proofs, err := os.ReadFile(filepath.Join(aside, "proofs"))
	must(err)
	checked := 0
	for _, line := range strings.Split(strings.TrimSpace(string(proofs)), "\n") {
		checkProof(line, tree, old, hashes)
		checked++
	}
	fmt.Printf("%d proofs of the log's own making verified\n", checked)
}

// checkProof checks a proof that the log's own code made, and that Go's code makes the same.
func checkProof(line string, tree, old tlog.Tree, hashes tlog.HashReader) {
	fields := strings.Fields(line)
	index, err := strconv.ParseInt(fields[1], 10, 64)
	must(err)
	var theirs []tlog.Hash
	for _, text := range fields[2:] {
		var hash tlog.Hash
		n, err := hex.Decode(hash[:], []byte(text))
		must(err)
		if n != tlog.HashSize {
			stop("a hash of %d bytes", n)
		}
		theirs = append(theirs, hash)
	}
	var ours []tlog.Hash
	if fields[0] == "inclusion" {
		leaf, err := hashes.ReadHashes([]int64{tlog.StoredHashIndex(0, index)})
		must(err)
		must(tlog.CheckRecord(theirs, tree.N, tree.Hash, index, leaf[0]))
		proof, err := tlog.ProveRecord(tree.N, index, hashes)
		must(err)
		ours = proof
	} else {
		must(tlog.CheckTree(theirs, tree.N, tree.Hash, index, old.Hash))
		proof, err := tlog.ProveTree(tree.N, index, hashes)
		must(err)
		ours = proof
	}
	if fmt.Sprint(ours) != fmt.Sprint(theirs) {
		stop("%s %d: Go makes another proof", fields[0], index)
	}
}
