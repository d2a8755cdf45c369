namespace P2P.PubSub.Routing;

/// <summary>The counts a score is made of.</summary>
internal sealed class ScoreCard
{
    /// <summary>Invalid messages, decaying (P4).</summary>
    public double Invalid { get; set; }

    /// <summary>Misbehaviours, decaying (P7).</summary>
    public double Behaviour { get; set; }

    public bool IsClean => Invalid == 0 && Behaviour == 0;
}
