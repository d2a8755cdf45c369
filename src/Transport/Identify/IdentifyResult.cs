namespace P2P.Transport.Identify;

/// <summary>One decoded identify stream.</summary>
/// <param name="Status">How it went.</param>
/// <param name="Info">What was said; null unless <see cref="IdentifyStatus.Done"/>.</param>
public sealed record IdentifyResult(IdentifyStatus Status, IdentifyInfo? Info);
