namespace P2P.Node.Files;

/// <summary>Limits of fetching one tree of blocks.</summary>
internal sealed record FetchSettings
{
    /// <summary>Blocks asked for at once, at the start. Default 4.</summary>
    public int WindowFirst { get; init; } = 4;

    /// <summary>Blocks asked for at once, at most. Default 32.</summary>
    public int WindowMost { get; init; } = 32;

    /// <summary>Peers asked whether they have the root, at the same time. Default 16.</summary>
    public int QuestionsMost { get; init; } = 16;

    /// <summary>Peers that blocks are fetched from. Default 32.</summary>
    public int HoldersMost { get; init; } = 32;

    /// <summary>Providers taken from one search of the DHT. Default 20.</summary>
    public int ProvidersMost { get; init; } = 20;

    /// <summary>A peer that said no is asked again after this long. Default 3 s.</summary>
    public TimeSpan AskAgain { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The DHT is searched again after this long. Default 10 s.</summary>
    public TimeSpan SearchAgain { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>One search of the DHT takes at most this long. Default 5 s.</summary>
    public TimeSpan SearchLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often the scout looks for new peers. Default 100 ms.</summary>
    public TimeSpan Look { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>One block is waited for at most this long before it is asked for anew. Default 60 s.</summary>
    public TimeSpan BlockLimit { get; init; } = TimeSpan.FromSeconds(60);
}
