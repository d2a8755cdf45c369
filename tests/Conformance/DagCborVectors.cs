using System.Text;
using System.Text.Json;
using P2P.Core.Encoding;
using P2P.Core.Multiformats;
using P2P.TestSupport;

namespace P2P.Conformance;

public sealed class DagCborVectors
{
    [SharedFact]
    public void All_128_fixtures_round_trip_and_hash_to_their_file_names()
    {
        string[] files = Directory.GetFiles(Vectors.Folder("ipld-codec-fixtures", "fixtures"), "*.dag-cbor", SearchOption.AllDirectories);
        Assert.Equal(128, files.Length);
        foreach (string file in files)
        {
            byte[] block = File.ReadAllBytes(file);
            Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(block));
            Assert.Equal(block, Transcode(block));
            Assert.Equal(Path.GetFileNameWithoutExtension(file), Cid.ForDagCbor(block).ToString());
        }
    }

    [SharedFact]
    public void All_128_fixtures_show_as_the_dag_json_beside_them()
    {
        int seen = 0;
        foreach (string folder in Directory.GetDirectories(Vectors.Folder("ipld-codec-fixtures", "fixtures")))
        {
            string[] cbor = Directory.GetFiles(folder, "*.dag-cbor");
            string[] json = Directory.GetFiles(folder, "*.dag-json");
            if (cbor.Length == 0)
            {
                continue;
            }

            seen++;
            Assert.Equal(DagCborStatus.Valid, DagJson.TryWrite(File.ReadAllBytes(cbor[0]), out string text));
            Assert.Equal(File.ReadAllText(json[0]), text);
            Assert.Equal(
                Path.GetFileNameWithoutExtension(json[0]),
                Cid.V1(0x0129, Multihash.Sha256(Encoding.UTF8.GetBytes(text))).ToString());
        }

        Assert.Equal(128, seen);
    }

    [SharedFact]
    public void All_128_dag_json_texts_become_the_dag_cbor_beside_them()
    {
        int seen = 0;
        foreach (string folder in Directory.GetDirectories(Vectors.Folder("ipld-codec-fixtures", "fixtures")))
        {
            string[] cbor = Directory.GetFiles(folder, "*.dag-cbor");
            string[] json = Directory.GetFiles(folder, "*.dag-json");
            if (cbor.Length > 0)
            {
                seen++;
                Assert.Equal(DagJsonStatus.Valid, DagJsonReader.TryRead(File.ReadAllBytes(json[0]), out byte[] block));
                Assert.Equal(File.ReadAllBytes(cbor[0]), block);
            }
        }

        Assert.Equal(128, seen);
    }

    [Theory]
    [InlineData("{\"/\":\"bafy\"}", DagJsonStatus.BadLink)]
    [InlineData("{\"/\":{\"bytes\":\"AA==\"}}", DagJsonStatus.BadBytes)]
    [InlineData("{\"/\":1}", DagJsonStatus.SlashKey)]
    [InlineData("{\"/\":\"x\",\"a\":1}", DagJsonStatus.SlashKey)]
    [InlineData("{\"a\":1,\"a\":2}", DagJsonStatus.Malformed)]
    [InlineData("\"\\ud800\"", DagJsonStatus.Malformed)]
    [InlineData("18446744073709551616", DagJsonStatus.BadNumber)]
    [InlineData("-18446744073709551617", DagJsonStatus.BadNumber)]
    [InlineData("1e999", DagJsonStatus.BadNumber)]
    [InlineData("{", DagJsonStatus.Malformed)]
    [InlineData("-18446744073709551616", DagJsonStatus.Valid)]
    public void Text_that_is_no_dag_json_is_refused_by_name(string text, DagJsonStatus status) =>
        Assert.Equal(status, DagJsonReader.TryRead(Encoding.UTF8.GetBytes(text), out _));

    [SharedFact]
    public void All_66_dasl_blocks_that_must_be_refused_are_but_for_the_two_that_dag_cbor_demands()
    {
        DagCborOptions dasl = new() { DaslLinksOnly = true };
        int seen = 0;
        List<string> accepted = [];
        foreach (JsonElement test in Dasl().Where(t => t.Text("type") == "invalid_in"))
        {
            seen++;
            if (DagCbor.Validate(test.Hex("data"), dasl) == DagCborStatus.Valid)
            {
                accepted.Add(test.Text("name"));
            }
        }

        // Other profiles want the shortest float (RFC 8949) and NFC text (dCBOR); for DAG-CBOR the same bytes are round-trip cases.
        Assert.Equal(66, seen);
        Assert.Equal(["float reduction", "text not in Unicode Normalization Form C"], accepted);
    }

    [SharedFact]
    public void Dasl_round_trips_hold_where_they_are_meant_for_dag_cbor()
    {
        int held = 0;
        List<string> refused = [];
        foreach (JsonElement test in Dasl().Where(t => t.Text("type") == "roundtrip"))
        {
            byte[] block = test.Hex("data");
            string[] tags = [.. test.GetProperty("tags").EnumerateArray().Select(t => t.GetString()!)];
            if (DagCbor.Validate(block, new DagCborOptions { DaslLinksOnly = true }) == DagCborStatus.Valid)
            {
                Assert.Equal(block, Transcode(block));
                held++;
            }
            else
            {
                Assert.DoesNotContain("dag-cbor", tags);
                Assert.DoesNotContain("basic", tags);
                refused.Add(test.Text("name"));
            }
        }

        Assert.Equal(30, held + refused.Count);
        Assert.Equal(
            ["float reduction", "short NaN", "zero float16", "smallest unsigned bigint", "highest negative bigint", "map with equal int and float keys"],
            refused);
    }

    [SharedFact]
    public void What_dasl_says_must_not_be_written_is_refused_when_read()
    {
        JsonElement[] tests = [.. Dasl().Where(t => t.Text("type") == "invalid_out")];
        Assert.Equal(9, tests.Length);
        Assert.All(tests, t => Assert.NotEqual(DagCborStatus.Valid, DagCbor.Validate(t.Hex("data"))));
        DagCborWriter writer = new();
        Assert.All(
            [double.NaN, double.PositiveInfinity, double.NegativeInfinity, -0.0],
            d => Assert.Throws<ArgumentOutOfRangeException>(() => writer.WriteFloat(d)));
    }

    [SharedFact]
    public void The_atproto_records_are_canonical_and_hash_as_stated()
    {
        JsonElement[] records = Vectors.Json("atproto-interop", "data-model", "data-model-fixtures.json");
        Assert.Equal(3, records.Length);
        foreach (JsonElement record in records)
        {
            Assert.True(Multibase.TryDecodeRaw(MultibaseEncoding.Base64, record.Text("cbor_base64"), 1 << 20, out byte[] block));
            Assert.Equal(DagCborStatus.Valid, DagCbor.Validate(block, DagCborOptions.NoFloats));
            Assert.Equal(block, Transcode(block));
            Assert.Equal(record.Text("cid"), Cid.ForDagCbor(block).ToString());
        }
    }

    [SharedFact]
    public void The_atproto_records_with_floats_or_bogus_links_have_no_block()
    {
        // The other cases of that list break rules of atproto's lexicons, not of DAG-CBOR.
        JsonElement[] records = Vectors.Json("atproto-interop", "data-model", "data-model-invalid.json");
        Assert.Equal(12, records.Length);
        JsonElement number = records.Single(r => r.Text("note") == "float").GetProperty("json").GetProperty("rcrd").GetProperty("a");
        DagCborWriter writer = new();
        writer.WriteFloat(number.GetDouble());
        Assert.Equal(DagCborStatus.Float, DagCbor.Validate(writer.WrittenSpan, DagCborOptions.NoFloats));
        JsonElement link = records.Single(r => r.Text("note") == "link with bogus CID").GetProperty("json").GetProperty("lnk");
        Assert.False(Cid.TryParse(link.Text("$link"), out _));
    }

    [SharedFact]
    public void Ipld_duplicate_keys_are_refused()
    {
        JsonElement[] tests = Vectors.Json("ipld-codec-fixtures", "negative-fixtures", "dag-cbor", "decode", "duplicate-keys.json");
        Assert.NotEmpty(tests);
        Assert.All(tests, t => Assert.NotEqual(DagCborStatus.Valid, DagCbor.Validate(t.Hex("hex"))));
    }

    [SharedFact]
    public void Every_flipped_bit_is_refused_or_reads_back_as_itself()
    {
        foreach (string file in Directory.GetFiles(Vectors.Folder("ipld-codec-fixtures", "fixtures"), "*.dag-cbor", SearchOption.AllDirectories))
        {
            byte[] block = File.ReadAllBytes(file);
            for (int bit = 0; bit < Math.Min(block.Length * 8, 2_000); bit++)
            {
                block[bit / 8] ^= (byte)(1 << (bit % 8));
                if (DagCbor.Validate(block) == DagCborStatus.Valid)
                {
                    Assert.Equal(block, Transcode(block));
                }

                block[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }
    }

    private static IEnumerable<JsonElement> Dasl() =>
        Directory.GetFiles(Vectors.Folder("dasl-testing", "fixtures", "cbor"), "*.json").Order(StringComparer.Ordinal)
            .SelectMany(f => JsonDocument.Parse(File.ReadAllBytes(f)).RootElement.EnumerateArray());

    /// <summary>Decodes with the typed reads and writes what they say.</summary>
    private static byte[] Transcode(byte[] block)
    {
        DagCborReader reader = new(block);
        DagCborWriter writer = new(16);
        Copy(ref reader, writer);
        Assert.True(reader.End());
        return writer.ToArray();
    }

    private static void Copy(ref DagCborReader reader, DagCborWriter writer)
    {
        switch (reader.PeekKind())
        {
            case DagCborKind.UInt when reader.TryReadUInt(out ulong number):
                writer.WriteUInt(number);
                break;
            case DagCborKind.NegativeInt when reader.TryReadNegative(out UInt128 magnitude):
                if (magnitude <= (UInt128)long.MaxValue)
                {
                    writer.WriteInt(-(long)magnitude);
                }
                else
                {
                    // Beyond what the writer offers: nothing of ours writes such numbers.
                    ulong raw = (ulong)(magnitude - 1);
                    writer.WriteRaw([0x3b, .. BitConverter.GetBytes(raw).Reverse()]);
                }

                break;
            case DagCborKind.Bytes when reader.TryReadBytes(out ReadOnlySpan<byte> bytes):
                writer.WriteBytes(bytes);
                break;
            case DagCborKind.Text when reader.TryReadText(out ReadOnlySpan<byte> utf8):
                writer.WriteText(Encoding.UTF8.GetString(utf8).AsSpan());
                break;
            case DagCborKind.Cid when reader.TryReadCid(out Cid cid):
                writer.WriteCid(cid);
                break;
            case DagCborKind.Bool when reader.TryReadBool(out bool value):
                writer.WriteBool(value);
                break;
            case DagCborKind.Null when reader.TryReadNull():
                writer.WriteNull();
                break;
            case DagCborKind.Float when reader.TryReadFloat(out double value):
                writer.WriteFloat(value);
                break;
            case DagCborKind.Array when reader.TryReadArrayStart(out int count):
                writer.WriteArrayStart(count);
                for (int i = 0; i < count; i++)
                {
                    Copy(ref reader, writer);
                }

                break;
            case DagCborKind.Map when reader.TryReadMapStart(out int count):
                writer.WriteMapStart(count);
                for (int i = 0; i < 2 * count; i++)
                {
                    Copy(ref reader, writer);
                }

                break;
            default:
                Assert.Fail($"{reader.PeekKind()} {reader.Status}");
                break;
        }
    }
}
