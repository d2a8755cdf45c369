using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using P2P.Core.Multiformats;
using P2P.TestSupport;

namespace P2P.Conformance;

public sealed partial class MultiformatsVectors
{
    private static readonly Dictionary<string, MultibaseEncoding> s_bases = new()
    {
        ["base2"] = MultibaseEncoding.Base2,
        ["base8"] = MultibaseEncoding.Base8,
        ["base10"] = MultibaseEncoding.Base10,
        ["base16"] = MultibaseEncoding.Base16,
        ["base16upper"] = MultibaseEncoding.Base16Upper,
        ["base32"] = MultibaseEncoding.Base32,
        ["base32upper"] = MultibaseEncoding.Base32Upper,
        ["base32hex"] = MultibaseEncoding.Base32Hex,
        ["base32hexupper"] = MultibaseEncoding.Base32HexUpper,
        ["base32pad"] = MultibaseEncoding.Base32Pad,
        ["base32padupper"] = MultibaseEncoding.Base32PadUpper,
        ["base32hexpad"] = MultibaseEncoding.Base32HexPad,
        ["base32hexpadupper"] = MultibaseEncoding.Base32HexPadUpper,
        ["base32z"] = MultibaseEncoding.Base32Z,
        ["base36"] = MultibaseEncoding.Base36,
        ["base36upper"] = MultibaseEncoding.Base36Upper,
        ["base58flickr"] = MultibaseEncoding.Base58Flickr,
        ["base58btc"] = MultibaseEncoding.Base58Btc,
        ["base64"] = MultibaseEncoding.Base64,
        ["base64pad"] = MultibaseEncoding.Base64Pad,
        ["base64url"] = MultibaseEncoding.Base64Url,
        ["base64urlpad"] = MultibaseEncoding.Base64UrlPad,
        ["base256emoji"] = MultibaseEncoding.Base256Emoji,
    };

    [SharedTheory]
    [InlineData("basic.csv", 23, true)]
    [InlineData("leading_zero.csv", 23, true)]
    [InlineData("two_leading_zeros.csv", 23, true)]
    [InlineData("case_insensitivity.csv", 12, false)]
    public void Every_multibase_row_reads_and_writes(string file, int rows, bool canonical)
    {
        string[] lines = Vectors.Lines("multibase", file);
        byte[] expected = Encoding.UTF8.GetBytes(Quoted(lines[0]).Replace("\\x00", "\0", StringComparison.Ordinal));
        int seen = 0;
        foreach (string line in lines.Skip(1).Where(l => l.Length > 0))
        {
            MultibaseEncoding encoding = s_bases[line[..line.IndexOf(',', StringComparison.Ordinal)]];
            Assert.True(Multibase.TryDecode(Quoted(line), expected.Length, out byte[] bytes, out MultibaseEncoding found), line);
            Assert.Equal(encoding, found);
            Assert.Equal(expected, bytes);
            Assert.True(!canonical || Multibase.Encode(encoding, expected) == Quoted(line), line);
            seen++;
        }

        Assert.Equal(rows, seen);
    }

    [SharedFact]
    public void Every_multihash_row_is_read_and_the_truncated_sha2_256_ones_are_refused()
    {
        Dictionary<string, ulong> codes = new() { ["sha1"] = 0x11, ["sha2-256"] = 0x12, ["sha2-512"] = 0x13, ["sha3"] = 0x14 };
        int rows = 0;
        int refused = 0;
        foreach (string line in Vectors.Lines("multihash", "test_cases.csv").Skip(1).Where(l => l.Length > 0))
        {
            string[] cells = line.Split(',');
            byte[] bytes = Convert.FromHexString(cells[3]);
            byte[] input = Encoding.UTF8.GetBytes(cells[2]);
            int digest = int.Parse(cells[1], CultureInfo.InvariantCulture) / 8;
            rows++;
            bool read = Multihash.TryRead(bytes, out Multihash hash, out int used);

            // A SHA2-256 of 10 or 20 bytes is a second preimage away from any content: ours must be whole.
            bool cut = cells[0] == "sha2-256" && digest != 32;
            Assert.Equal(!cut, read);
            refused += cut ? 1 : 0;
            if (read)
            {
                Assert.Equal((codes[cells[0]], digest, bytes.Length), (hash.Code, hash.Digest.Length, used));
                bool whole = (cells[0], digest) is ("sha2-256", 32) or ("sha2-512", 64);
                Assert.Equal(whole, hash.Verify(input));
                Assert.False(hash.Verify([.. input, 0]));
            }
        }

        Assert.Equal((260, 40), (rows, refused));
    }

    [SharedFact]
    public void Our_codes_are_those_of_the_table()
    {
        Dictionary<string, ulong> table = [];
        foreach (string line in Vectors.Lines("multicodec", "table.csv").Skip(1).Where(l => l.Length > 0))
        {
            string[] cells = [.. line.Split(',').Select(c => c.Trim())];
            table[$"{cells[1]}:{cells[0]}"] = ulong.Parse(cells[2].AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }

        Assert.Equal(Multihash.IdentityCode, table["multihash:identity"]);
        Assert.Equal(Multihash.Sha256Code, table["multihash:sha2-256"]);
        Assert.Equal(Multihash.Sha512Code, table["multihash:sha2-512"]);
        Assert.Equal(Multihash.Blake3Code, table["multihash:blake3"]);
        Assert.Equal(Cid.RawCodec, table["ipld:raw"]);
        Assert.Equal(Cid.DagPbCodec, table["ipld:dag-pb"]);
        Assert.Equal(Cid.DagCborCodec, table["ipld:dag-cbor"]);
        Assert.Equal(Cid.Libp2pKeyCodec, table["ipld:libp2p-key"]);
        Assert.Equal((ulong)MultiaddrProtocol.Memory, table["libp2p:memorytransport"]);
        foreach (MultiaddrProtocol protocol in Enum.GetValues<MultiaddrProtocol>().Except([MultiaddrProtocol.None, MultiaddrProtocol.Memory]))
        {
            string name = protocol switch
            {
                MultiaddrProtocol.WebRtcDirect => "webrtc-direct",
                MultiaddrProtocol.P2PCircuit => "p2p-circuit",
                MultiaddrProtocol.QuicV1 => "quic-v1",
                MultiaddrProtocol.HttpPath => "http-path",
#pragma warning disable CA1308 // the table is in lower case
                _ => protocol.ToString().ToLowerInvariant(),
#pragma warning restore CA1308
            };
            Assert.Equal(table[$"multiaddr:{name}"], (ulong)protocol);
        }
    }

    [SharedFact]
    public void Cid_texts_of_the_valid_list_read_back_and_those_of_the_invalid_list_do_not()
    {
        string[] valid = Comments(Vectors.Lines("atproto-interop", "syntax", "cid_syntax_valid.txt"));
        string[] invalid = Comments(Vectors.Lines("atproto-interop", "syntax", "cid_syntax_invalid.txt"));
        Assert.NotEmpty(valid);
        Assert.NotEmpty(invalid);
        foreach (string text in invalid)
        {
            // The list forbids version 0; libp2p and kubo need it.
            Assert.Equal(text.StartsWith("Qm", StringComparison.Ordinal) && text.Length == 46, Cid.TryParse(text, out _));
        }

        // The list checks characters and length only: three of its texts are not CIDs at all.
        string[] read = [.. valid.Where(t => Cid.TryParse(t, out _))];
        Assert.All(read, t => Assert.Equal(Cid.Parse(t), Cid.Parse(Cid.Parse(t).ToString())));
        Assert.All(valid.Except(read), t => Assert.False(LooksWhole(t), t));
    }

    [SharedFact]
    public void The_fuzz_seeds_of_go_multiaddr_do_no_harm()
    {
        int seeds = 0;
        foreach (string file in Directory.GetFiles(Vectors.Folder("go-multiaddr", "testdata", "fuzz"), "*", SearchOption.AllDirectories))
        {
            string line = Encoding.Latin1.GetString(File.ReadAllBytes(file)).Split('\n')[1];
            byte[] bytes = GoString(line[(line.IndexOf('"', StringComparison.Ordinal) + 1)..line.LastIndexOf('"')]);
            bool ok = line.StartsWith("[]byte", StringComparison.Ordinal)
                ? Multiaddr.TryRead(bytes, out Multiaddr? address)
                : Multiaddr.TryParse(Encoding.UTF8.GetString(bytes), out address);
            Assert.Equal(ok, address is not null);
            if (ok)
            {
                Assert.True(Multiaddr.TryParse(address!.ToString(), out Multiaddr? again));
                Assert.Equal(address, again);
                Assert.True(Multiaddr.TryRead(address.Bytes.Span, out again));
                Assert.Equal(address, again);
            }

            seeds++;
        }

        Assert.Equal(21, seeds);
    }

    private static bool LooksWhole(string text) =>
        Multibase.TryDecode(text, 200, out byte[] bytes, out _) && Cid.TryRead(bytes, out _, out int used) && used == bytes.Length;

    private static string Quoted(string line) => line[(line.IndexOf('"', StringComparison.Ordinal) + 1)..line.LastIndexOf('"')];

    private static string[] Comments(string[] lines) => [.. lines.Where(l => l.Length > 0 && l[0] != '#')];

    private static byte[] GoString(string text)
    {
        string plain = Escape().Replace(text, m => m.Value[1] switch
        {
            'x' => ((char)Convert.ToByte(m.Value[2..], 16)).ToString(),
            'a' => "\a",
            'b' => "\b",
            't' => "\t",
            'n' => "\n",
            'v' => "\v",
            'f' => "\f",
            'r' => "\r",
            char c => c.ToString(),
        });
        return Encoding.Latin1.GetBytes(plain);
    }

    [GeneratedRegex(@"\\(x[0-9a-fA-F]{2}|.)")]
    private static partial Regex Escape();
}
