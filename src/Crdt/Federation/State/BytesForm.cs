using P2P.Core.Encoding;

namespace P2P.Crdt.Federation.State;

/// <summary>Entries that are held as their canonical bytes: receipts, conflicts, forks.</summary>
internal sealed class BytesForm : IEntryForm<byte[]>
{
    public static BytesForm Instance { get; } = new();

    public void Write(DagCborWriter writer, byte[] item) => writer.WriteRaw(item);

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}
