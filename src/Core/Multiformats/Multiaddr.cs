using System.Net;
using P2P.Core.Identity;

namespace P2P.Core.Multiformats;

/// <summary>A self-describing network address such as <c>/ip4/127.0.0.1/tcp/4001/p2p/12D3…</c>. Immutable; compares by bytes.</summary>
/// <remarks>Spec: multiaddr.</remarks>
public sealed class Multiaddr : IEquatable<Multiaddr>
{
    /// <summary>Longest binary form accepted, in bytes.</summary>
    public const int BytesMax = 1024;

    private Multiaddr()
    {
    }

    /// <summary>Binary form.</summary>
    public ReadOnlyMemory<byte> Bytes => throw new NotImplementedException();

    /// <summary>The components in order.</summary>
    public IReadOnlyList<MultiaddrComponent> Components => throw new NotImplementedException();

    /// <summary>The last <c>/p2p</c> component, or none.</summary>
    public PeerId PeerId => throw new NotImplementedException();

    /// <summary>Reads a whole binary form.</summary>
    /// <param name="source">All bytes; nothing may follow.</param>
    /// <param name="value">The address.</param>
    public static bool TryRead(ReadOnlySpan<byte> source, out Multiaddr? value) => throw new NotImplementedException();

    /// <summary>Reads text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The address.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Multiaddr? value) => throw new NotImplementedException();

    /// <summary>As <see cref="TryParse"/>, for text typed by people.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It is not a multiaddr.</exception>
    public static Multiaddr Parse(string text) => throw new NotImplementedException();

    /// <summary><c>/ip4|ip6/…/tcp/…</c> of an end point.</summary>
    /// <param name="endPoint">Address and port.</param>
    public static Multiaddr FromTcp(IPEndPoint endPoint) => throw new NotImplementedException();

    /// <summary><c>/memory/N</c>.</summary>
    /// <param name="number">The in-process listener.</param>
    public static Multiaddr FromMemory(ulong number) => throw new NotImplementedException();

    /// <summary>Whether this is <c>/ip4|ip6/tcp</c> (perhaps followed by <c>/p2p</c>) and which end point it names.</summary>
    /// <param name="endPoint">The end point.</param>
    public bool TryGetTcp(out IPEndPoint? endPoint) => throw new NotImplementedException();

    /// <summary>Whether this is <c>/memory/N</c> (perhaps followed by <c>/p2p</c>).</summary>
    /// <param name="number">The number.</param>
    public bool TryGetMemory(out ulong number) => throw new NotImplementedException();

    /// <summary>This address with <c>/p2p/peer</c> at the end; itself when it already ends so.</summary>
    /// <param name="peer">Not none.</param>
    public Multiaddr WithPeer(PeerId peer) => throw new NotImplementedException();

    /// <summary>This address without a final <c>/p2p</c> component.</summary>
    public Multiaddr WithoutPeer() => throw new NotImplementedException();

    /// <inheritdoc/>
    public bool Equals(Multiaddr? other) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Multiaddr other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => throw new NotImplementedException();

    /// <summary>Text form.</summary>
    public override string ToString() => throw new NotImplementedException();
}
