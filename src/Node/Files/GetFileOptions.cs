namespace P2P.Node.Files;

/// <summary>How a file is fetched.</summary>
public sealed record GetFileOptions
{
    /// <summary>Gives up when nothing has arrived for this long; what arrived stays, and the next try goes on from there. Default 30 s.</summary>
    public TimeSpan StallLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Whether a file at the destination is replaced, in one step at the end. Default false: then it is an error.</summary>
    public bool Replace { get; init; }

    /// <summary>Whether peers are asked at all; if not, only what is here is read. Default true.</summary>
    public bool Online { get; init; } = true;

    /// <summary>Free and total bytes of the disk under a path; tests say what they like.</summary>
    internal Func<string, (long Free, long Total)> Disk { get; init; } = DiskRoom.Of;
}
