using P2P.Core.Identity;

namespace P2P.Dht.Records;

/// <summary><c>/pk/</c> + peer id: the value is the public key that hashes to the id, so it proves itself.</summary>
internal sealed class PublicKeyValidator : IKadValidator
{
    private PublicKeyValidator()
    {
    }

    public static PublicKeyValidator Instance { get; } = new();

    public string Namespace => "pk";

    public bool IsValid(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        PeerId.TryRead(key["/pk/".Length..], out PeerId peer)
        && PeerId.FromKeyProtobuf(value) == peer
        && PublicKey.TryRead(value, out _);

    // Only one value is valid.
    public int Compare(ReadOnlySpan<byte> key, ReadOnlySpan<byte> left, ReadOnlySpan<byte> right) => 0;
}
