using P2P.Core.Encoding;

namespace P2P.Node.Logs;

/// <summary>Body of a log event: <c>{d: bytes}</c>.</summary>
internal static class LogBody
{
    public static byte[] Write(byte[] entry)
    {
        if (entry.Length > ReplicatedLogLimits.EntryBytesMax)
        {
            throw new P2PException(NodeError.TooLong, $"The entry has {entry.Length} bytes; at most {ReplicatedLogLimits.EntryBytesMax} fit into one event.");
        }

        DagCborWriter writer = new(entry.Length + 16);
        writer.WriteMapStart(1);
        writer.WriteText("d"u8);
        writer.WriteBytes(entry);
        return writer.ToArray();
    }

    /// <summary>The entry's bytes, or false for a body of another shape. Never throws.</summary>
    public static bool TryRead(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> entry)
    {
        entry = default;
        DagCborReader reader = new(body, DagCborOptions.NoFloats);
        return reader.TryReadMapStart(out int keys) && keys == 1 && reader.TryReadKey("d"u8) && reader.TryReadBytes(out entry) && reader.End();
    }
}
