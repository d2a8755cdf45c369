namespace P2P.Samples.Lan;

/// <summary>What the peers type.</summary>
internal static class Script
{
    public const string Ada =
        "Ada: We met on a network without a centre. Nobody gave us an address, nobody keeps our words for us, "
        + "and still each of us reads the same page in the same order, because every line carries the name of what came before it.\n";

    public const string Bob =
        "Bob: I type into the middle of what the others write. My letters stay together, a run is a run, and whoever merges later merges as I do. "
        + "Should my machine die now, then what was acknowledged is on my disk and ";

    public const string BobAgain =
        "Bob, again: that was sudden. I opened the same folder, found my chain of events where it ended, and went on with the next number instead of "
        + "an old one, so nobody can say that I contradict myself.\n";

    public const string Cyd =
        "Cyd: I will be away for a while. When I return I shall ask who has this document, fetch what I missed by its hash, check every signature, "
        + "and come to the page that you have then.\n";

    public const string AdaAlone =
        "Ada: Cyd is gone. We go on, and leave the light on.\n";

    public const string BobAlone =
        "Bob: Two are enough to disagree, and enough to converge.\n";

    /// <summary>What must be in the end text: all that was durable (Bob's first paragraph was cut short by the kill).</summary>
    public static IReadOnlyList<string> Everything { get; } = [Ada, BobAgain, Cyd, AdaAlone, BobAlone];
}
