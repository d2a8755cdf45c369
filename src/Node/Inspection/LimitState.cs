namespace P2P.Node.Inspection;

/// <summary>One limit of a running node.</summary>
/// <param name="Option">
/// The option that sets it: as a key of section <c>P2P</c>, such as <c>Connections:TotalMax</c>, where <see cref="IsSettable"/>; else the option record of the
/// layer, such as <c>PubSubOptions.SeenMax</c>. The pages in <c>docs/options</c> say more.
/// </param>
/// <param name="Scope">What it counts for.</param>
/// <param name="Limit">Its value.</param>
/// <param name="What">What is limited, for people.</param>
public sealed record LimitState(string Option, LimitScope Scope, long Limit, string What)
{
    /// <summary>How much of it is used now; null where that is not one number (a limit of each peer, say) or not counted.</summary>
    public long? Current { get; init; }

    /// <summary>How often something was refused or dropped by it since the start; limits that share a reason share the count. Null where nobody counts.</summary>
    public long? Refused { get; init; }

    /// <summary>Whether an option of the node sets it; else it is fixed in a node, and only who uses the layer alone sets it.</summary>
    public bool IsSettable { get; init; }

    /// <summary>Whether it is reached now or has refused something.</summary>
    public bool IsReached => Refused > 0 || Current >= Limit;

    /// <summary>The limits of one option record.</summary>
    internal static IEnumerable<LimitState> Of(string prefix, bool isSettable, IEnumerable<LimitState> limits) =>
        limits.Select(limit => limit with { Option = prefix + limit.Option, IsSettable = isSettable });
}
