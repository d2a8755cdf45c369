using System.Text.Json;
using P2P.Core.Crypto;
using P2P.TestSupport;

namespace P2P.Conformance.Crypto;

/// <summary>Reads the JSON vector files.</summary>
internal static class Vectors
{
    /// <summary>The tests of a Wycheproof file with their group.</summary>
    /// <param name="name">File name without extension.</param>
    public static IEnumerable<(JsonElement Group, JsonElement Test)> Wycheproof(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(Require.SharedFile("vectors", "wycheproof", "testvectors_v1", name + ".json")));
        JsonElement root = document.RootElement.Clone();
        foreach (JsonElement group in root.GetProperty("testGroups").EnumerateArray())
        {
            foreach (JsonElement test in group.GetProperty("tests").EnumerateArray())
            {
                yield return (group, test);
            }
        }
    }

    public static byte[] Hex(this JsonElement element, string property) =>
        Convert.FromHexString(element.GetProperty(property).GetString()!);

    public static string Result(this JsonElement test) => test.GetProperty("result").GetString()!;

    public static string Id(this JsonElement test) => $"tcId {test.GetProperty("tcId").GetInt32()}: {test.GetProperty("comment").GetString()}";

    public static bool HasFlag(this JsonElement test, string flag) =>
        test.GetProperty("flags").EnumerateArray().Any(f => f.GetString() == flag);

    /// <summary>All backends there are; on Linux a missing OpenSSL is a failure, not a smaller test.</summary>
    public static IReadOnlyList<ICurveBackend> Backends()
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.NotNull(CurveBackends.OpenSsl);
        }

        return [.. new[] { CurveBackends.Sodium, CurveBackends.OpenSsl, CurveBackends.Managed }.OfType<ICurveBackend>()];
    }
}
