using System.Text.Json;
using P2P.Crdt.IntervalTreeClocks;
using P2P.TestSupport;

namespace P2P.Crdt.Tests.IntervalTreeClocks;

/// <summary>The published vectors: <c>id = 0|1|[l,r]</c>, <c>event = n|[n,l,r]</c>.</summary>
internal static class VectorFile
{
    private static readonly Lazy<JsonDocument> s_file = new(() => JsonDocument.Parse(File.ReadAllBytes(Require.SharedFile("vectors", "itc", "itc-vectors.json"))));

    /// <summary>The cases under a key, which must be as many as the specification says.</summary>
    public static JsonElement[] Cases(string key, int count)
    {
        JsonElement[] cases = [.. s_file.Value.RootElement.GetProperty(key).EnumerateArray()];
        Assert.Equal(count, cases.Length);
        return cases;
    }

    public static Id Id(JsonElement json) => json.ValueKind == JsonValueKind.Number
        ? json.GetInt32() == 1 ? Crdt.IntervalTreeClocks.Id.One : Crdt.IntervalTreeClocks.Id.Zero
        : Crdt.IntervalTreeClocks.Id.Node(Id(json[0]), Id(json[1]));

    public static EventTree Events(JsonElement json) => json.ValueKind == JsonValueKind.Number
        ? EventTree.Leaf(json.GetInt64())
        : EventTree.Node(json[0].GetInt64(), Events(json[1]), Events(json[2]));

    /// <summary>The tree exactly as written, normal or not.</summary>
    public static Reference.Tree Raw(JsonElement json) => json.ValueKind == JsonValueKind.Number
        ? new Reference.Tree(json.GetInt64())
        : new Reference.Tree(json[0].GetInt64(), Raw(json[1]), Raw(json[2]));

    public static Stamp Stamp(JsonElement json) => new(Id(json[0]), Events(json[1]));

    /// <summary>The text of a tree exactly as the vector writes it, normal or not.</summary>
    public static string Text(JsonElement json) => json.ValueKind == JsonValueKind.Number
        ? json.GetRawText()
        : $"({string.Join(", ", json.EnumerateArray().Select(Text))})";

    public static string Hex(Stamp stamp) => Convert.ToHexStringLower(stamp.Encode());

    /// <summary>The first bits of the binary form, without padding.</summary>
    public static string Bits(Stamp stamp, int count) =>
        string.Concat(stamp.Encode().Select(b => Convert.ToString(b, 2).PadLeft(8, '0')))[..count];
}
