using P2P.Core.Identity;
using P2P.Node.Identity;

namespace P2P.Node.Topics;

/// <summary>A message of a topic.</summary>
/// <typeparam name="T">What it says.</typeparam>
/// <param name="From">Who signed it.</param>
/// <param name="ReceivedAt">When it was read here.</param>
/// <param name="Body">What it says.</param>
public sealed record TopicMessage<T>(PeerId From, DateTimeOffset ReceivedAt, T Body)
{
    /// <summary>Two words for people.</summary>
    public string Name => PeerNames.Of(From);
}
