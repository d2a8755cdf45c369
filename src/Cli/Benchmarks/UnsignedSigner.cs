using P2P.Crdt.Events;

namespace P2P.Cli.Benchmarks;

/// <summary>Signs with zeros: figures "without signatures" are of work that is otherwise the same, byte for byte as long. Nobody else accepts it.</summary>
/// <param name="author">The author key.</param>
internal sealed class UnsignedSigner(ReadOnlyMemory<byte> author) : ISigner
{
    public ReadOnlyMemory<byte> Author => author;

    public byte[] Sign(ReadOnlySpan<byte> message) => new byte[EventLimits.SignatureBytes];
}
