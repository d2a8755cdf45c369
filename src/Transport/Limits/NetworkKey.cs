namespace P2P.Transport.Limits;

/// <summary>A network: family, prefix length and prefix. <c>default</c> is none.</summary>
/// <param name="Family">4 or 6.</param>
/// <param name="Bits">Prefix length.</param>
/// <param name="Prefix">The prefix, right-aligned.</param>
internal readonly record struct NetworkKey(byte Family, byte Bits, ulong Prefix);
