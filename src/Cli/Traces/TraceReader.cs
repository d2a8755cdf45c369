using System.IO.Compression;
using System.Text.Json;

namespace P2P.Cli.Traces;

/// <summary>Reads the public trace format, sequential or concurrent, gzipped or not. Members it does not need are not looked at.</summary>
internal static class TraceReader
{
    public const long BytesMax = 1L << 30;

    private const int AgentsMax = 65_536;

    /// <exception cref="CliException">The file cannot be read, or is no trace.</exception>
    public static async Task<EditingTrace> ReadAsync(string path, CancellationToken cancellationToken)
    {
        byte[] bytes = await InputFile.ReadAsync(path, BytesMax, cancellationToken);
        if (bytes.AsSpan().StartsWith<byte>([0x1f, 0x8b]))
        {
            bytes = await DecompressAsync(bytes, path, cancellationToken);
        }

        return Parse(bytes, NameOf(path));
    }

    /// <exception cref="CliException">It is no trace.</exception>
    public static EditingTrace Parse(ReadOnlyMemory<byte> utf8, string name)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(JsonText.WithoutMark(utf8));
            return new TraceParser(name).Parse(json.RootElement);
        }
        catch (JsonException failed)
        {
            throw new CliException(CliError.TraceInvalid, $"'{name}' is not JSON ({JsonText.Where(failed)}).", failed);
        }
    }

    /// <summary>An agent number is an index into tables of this length at most.</summary>
    public static bool IsAgent(int agent) => agent is >= 0 and < AgentsMax;

    private static async Task<byte[]> DecompressAsync(byte[] bytes, string path, CancellationToken cancellationToken)
    {
        try
        {
            await using GZipStream plain = new(new MemoryStream(bytes), CompressionMode.Decompress);
            return await InputFile.ReadAsync(plain, path, BytesMax, cancellationToken);
        }
        catch (InvalidDataException failed)
        {
            throw new CliException(CliError.FileUnreadable, $"'{path}' begins like a gzip file and is none.", failed);
        }
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileName(path);
        name = name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name;
        return name.EndsWith(".json", StringComparison.OrdinalIgnoreCase) ? name[..^5] : name;
    }
}
