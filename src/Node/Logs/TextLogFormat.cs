using System.Text;
using System.Text.Unicode;

namespace P2P.Node.Logs;

/// <summary>Entries that are text: UTF-8.</summary>
public sealed class TextLogFormat : ILogFormat<string>
{
    /// <summary>The one instance; it has no state.</summary>
    public static TextLogFormat Instance { get; } = new();

    /// <inheritdoc/>
    public byte[] Write(string item) => Encoding.UTF8.GetBytes(item);

    /// <inheritdoc/>
    public bool TryRead(ReadOnlySpan<byte> source, out string? item)
    {
        item = Utf8.IsValid(source) ? Encoding.UTF8.GetString(source) : null;
        return item is not null;
    }
}
