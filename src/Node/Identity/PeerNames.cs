using P2P.Core.Identity;

namespace P2P.Node.Identity;

/// <summary>Two words for a peer, so that people can tell peers apart at a glance. Not unique and not proof of anything.</summary>
public static class PeerNames
{
    private static readonly string[] s_adjectives =
    [
        "amber", "brave", "calm", "clever", "copper", "crisp", "dusty", "eager", "fair", "fleet", "gentle", "golden", "happy", "hidden", "humble", "ivory",
        "jolly", "keen", "kind", "lively", "lucky", "mellow", "misty", "noble", "olive", "proud", "quick", "quiet", "rosy", "silent", "silver", "swift",
    ];

    private static readonly string[] s_animals =
    [
        "badger", "beaver", "bison", "crane", "dingo", "eagle", "falcon", "ferret", "finch", "fox", "gecko", "heron", "ibis", "jackal", "koala", "lemur",
        "lynx", "marten", "moose", "newt", "ocelot", "osprey", "otter", "panda", "puffin", "quail", "raven", "seal", "stork", "tapir", "viper", "wren",
    ];

    /// <summary>The words of a peer: the same on every machine.</summary>
    /// <param name="peer">Not none.</param>
    public static string Of(PeerId peer) => Of(peer.Bytes);

    /// <summary>The words of an author key.</summary>
    /// <param name="id">Its bytes; the last ones decide.</param>
    public static string Of(ReadOnlySpan<byte> id) =>
        id.Length < 2 ? "nobody" : $"{s_adjectives[id[^2] % s_adjectives.Length]}-{s_animals[id[^1] % s_animals.Length]}";
}
