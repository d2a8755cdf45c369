namespace P2P.Transport.Framing;

/// <summary>How much one reader of frames may hold.</summary>
/// <param name="BytesMax">Longest frame without its length prefix, in bytes.</param>
/// <param name="Budget">Memory shared with the other readers of the protocol; null where <paramref name="BytesMax"/> is small enough by itself.</param>
public sealed record FrameLimits(int BytesMax, FrameBudget? Budget = null);
