using P2P.Core.Identity;

namespace P2P.PubSub;

/// <summary>
/// Judges a message before it is delivered and passed on. May be asynchronous; at most <see cref="PubSubOptions.ValidationsMax"/> run at
/// the same time. An exception counts as <see cref="ValidationVerdict.Ignore"/>.
/// </summary>
/// <param name="source">The neighbour that sent it, verified by the transport; not the author.</param>
/// <param name="message">The message; its signature, where the topic has one, is already verified.</param>
/// <param name="cancellationToken">Cancelled when the network stops.</param>
public delegate ValueTask<ValidationVerdict> GossipValidator(PeerId source, GossipMessage message, CancellationToken cancellationToken);
