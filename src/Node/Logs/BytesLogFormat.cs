namespace P2P.Node.Logs;

/// <summary>Entries that are bytes already.</summary>
public sealed class BytesLogFormat : ILogFormat<ReadOnlyMemory<byte>>
{
    /// <summary>The one instance; it has no state.</summary>
    public static BytesLogFormat Instance { get; } = new();

    /// <inheritdoc/>
    public byte[] Write(ReadOnlyMemory<byte> item) => item.ToArray();

    /// <inheritdoc/>
    public bool TryRead(ReadOnlySpan<byte> source, out ReadOnlyMemory<byte> item)
    {
        item = source.ToArray();
        return true;
    }
}
