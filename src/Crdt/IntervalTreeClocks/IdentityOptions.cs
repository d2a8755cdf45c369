using System.ComponentModel.DataAnnotations;

namespace P2P.Crdt.IntervalTreeClocks;

/// <summary>Limits of an identity.</summary>
public sealed record IdentityOptions
{
    /// <summary>Grants remembered so that a repeated request gets the same one; default 256. Beyond, the oldest is forgotten and its repetition leaks an interval.</summary>
    [Range(1, 4096)]
    public int GrantsMax { get; init; } = 256;

    /// <summary>Inheritances remembered, so that a repeated one changes nothing; default 256. Beyond, a repetition is refused as an overlap.</summary>
    [Range(1, 4096)]
    public int InheritedMax { get; init; } = 256;

    /// <summary>Sends waiting for the store; default 64. Beyond, requests are refused as busy.</summary>
    [Range(1, 4096)]
    public int WaitingMax { get; init; } = 64;
}
