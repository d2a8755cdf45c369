using P2P.Core.Multiformats;

namespace P2P.Crdt.Events;

/// <summary>
/// The root of a document: authorless, unsigned, implicit (never a link, never a head). Equal name, network and policy
/// give the same document everywhere. Immutable.
/// </summary>
/// <remarks>Spec: replica, section 2.2.</remarks>
public sealed class Genesis
{
    /// <summary>Longest network name, in UTF-8 bytes.</summary>
    public const int NetworkBytesMax = 64;

    /// <summary>Longest document name, in UTF-8 bytes.</summary>
    public const int NameBytesMax = 256;

    private Genesis()
    {
    }

    /// <summary>The document id.</summary>
    public Cid Cid { get; private init; }

    /// <summary>Network the document lives in.</summary>
    public string Network { get; private init; } = string.Empty;

    /// <summary>Name of the document.</summary>
    public string Name { get; private init; } = string.Empty;

    /// <summary>Writer keys (protobuf form), ascending; null = open to any key.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>>? Writers { get; private init; }

    /// <summary>The block.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private init; }

    /// <summary>Makes a genesis block.</summary>
    /// <param name="network">At most 64 bytes of UTF-8.</param>
    /// <param name="name">At most 256 bytes of UTF-8.</param>
    /// <param name="writers">Ed25519 keys in protobuf form, in any order; null = open.</param>
    /// <exception cref="ArgumentException">A name is too long or a key is not one.</exception>
    public static Genesis Create(string network, string name, IEnumerable<ReadOnlyMemory<byte>>? writers = null) => throw new NotImplementedException();

    /// <summary>Reads a genesis block, strictly.</summary>
    /// <param name="block">All bytes; copied.</param>
    /// <param name="genesis">The genesis.</param>
    /// <param name="reason">Why not.</param>
    public static bool TryDecode(ReadOnlySpan<byte> block, out Genesis? genesis, out InvalidReason reason) => throw new NotImplementedException();
}
