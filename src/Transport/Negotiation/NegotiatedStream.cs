using P2P.Transport.Connections;

namespace P2P.Transport.Negotiation;

/// <summary>A stream and the protocol spoken on it.</summary>
/// <param name="Protocol">The protocol id.</param>
/// <param name="Stream">Use this one from now on, not the stream that was negotiated.</param>
public sealed record NegotiatedStream(string Protocol, MuxedStream Stream);
