using System.Text.Json;
using P2P.TestSupport;

namespace P2P.Conformance;

/// <summary>Finds the shared vectors.</summary>
internal static class Vectors
{
    public static string[] Lines(params string[] parts) => File.ReadAllLines(Require.SharedFile(["vectors", .. parts]));

    public static JsonElement[] Json(params string[] parts) =>
        [.. JsonDocument.Parse(File.ReadAllBytes(Require.SharedFile(["vectors", .. parts]))).RootElement.EnumerateArray()];

    public static string Text(this JsonElement element, string name) => element.GetProperty(name).GetString() ?? string.Empty;

    public static byte[] Hex(this JsonElement element, string name) => Convert.FromHexString(element.Text(name));

    public static string Folder(params string[] parts) => Require.SharedFile(["vectors", .. parts]);
}
