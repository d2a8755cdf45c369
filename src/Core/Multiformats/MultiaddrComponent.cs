namespace P2P.Core.Multiformats;

/// <summary>One component of a <see cref="Multiaddr"/>.</summary>
/// <param name="Protocol">Which kind.</param>
/// <param name="Value">Value bytes without length prefix; empty for kinds without a value.</param>
public readonly record struct MultiaddrComponent(MultiaddrProtocol Protocol, ReadOnlyMemory<byte> Value);
