namespace P2P.PubSub.Routing;

/// <summary>What the router must know of a topic's options.</summary>
/// <param name="Signing">Which fields must be there.</param>
/// <param name="MessageId">Id of a message.</param>
/// <param name="Validates">Whether messages are judged outside: by signature, validator or both.</param>
/// <param name="WaitsAlone">Whether publishes wait for a first subscriber.</param>
internal sealed record TopicRules(SigningPolicy Signing, MessageIdFunction MessageId, bool Validates, bool WaitsAlone)
{
    public static TopicRules Of(TopicOptions options) => new(
        options.Signing,
        options.MessageId,
        options.Signing == SigningPolicy.StrictSign || options.Validator is not null,
        options.WhenAlone == AloneRule.Wait);
}
