namespace P2P.Crdt.Presence;

/// <summary>What is to be done.</summary>
public enum PresenceEffectKind
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>Ask the text for the places of the caret and answer with <see cref="PresenceInputKind.Placed"/>, exactly once.</summary>
    Place,

    /// <summary>Publish the payload.</summary>
    Publish,

    /// <summary>Say what to do with the message that was received.</summary>
    Judge,

    /// <summary><see cref="PresenceCore.Others"/> changed.</summary>
    Changed,
}
