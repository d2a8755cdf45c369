namespace P2P.PubSub;

/// <summary>Why something a peer sent, or we wanted, was not done. Each is counted.</summary>
public enum GossipRefusal
{
    /// <summary>Nothing; never used.</summary>
    None = 0,

    /// <summary>Bytes are not an RPC.</summary>
    Malformed,

    /// <summary>An RPC is longer than <see cref="PubSubOptions.RpcBytesMax"/>.</summary>
    RpcTooLong,

    /// <summary>An unfinished RPC over <see cref="PubSubOptions.PartialBytesPerPeer"/> or <see cref="PubSubOptions.PartialBytesMax"/>, or one that took too long.</summary>
    RpcMemory,

    /// <summary>More subscription changes than <see cref="PubSubOptions.SubscriptionsPerRpcMax"/> in one RPC.</summary>
    TooManySubscriptions,

    /// <summary>More messages than <see cref="PubSubOptions.MessagesPerRpcMax"/> in one RPC.</summary>
    TooManyMessages,

    /// <summary>A control part longer than <see cref="PubSubOptions.ControlBytesMax"/>.</summary>
    ControlTooLong,

    /// <summary>More entries or ids than the control part may have.</summary>
    TooManyControlEntries,

    /// <summary>A topic name that is empty or too long.</summary>
    TopicName,

    /// <summary>A message id that is empty or longer than 64 bytes.</summary>
    MessageIdLength,

    /// <summary>The peer is on the graylist.</summary>
    Graylisted,

    /// <summary>The peer announced more topics than <see cref="PubSubOptions.TopicsPerPeerMax"/>.</summary>
    TooManyTopics,

    /// <summary>The peer changed more subscriptions in a heartbeat than twice the topics it may have.</summary>
    SubscriptionFlood,

    /// <summary>More peers than <see cref="PubSubOptions.PeersMax"/>.</summary>
    TooManyPeers,

    /// <summary>A message of a topic we are not subscribed to.</summary>
    NotSubscribed,

    /// <summary>A field that the topic's signing policy forbids is present.</summary>
    UnexpectedSignature,

    /// <summary>A field that the topic's signing policy demands is missing or malformed.</summary>
    MissingSignature,

    /// <summary>The signature does not verify, or the key is not the author's.</summary>
    BadSignature,

    /// <summary>Our own message came back under our name.</summary>
    OwnMessage,

    /// <summary>The topic's id function gave none.</summary>
    NoMessageId,

    /// <summary>The message was seen before.</summary>
    Duplicate,

    /// <summary>Too many messages are being validated.</summary>
    ValidationBusy,

    /// <summary>The validator rejected it.</summary>
    Rejected,

    /// <summary>The validator ignored it.</summary>
    Ignored,

    /// <summary>The validator threw or answered <see cref="ValidationVerdict.None"/>.</summary>
    ValidatorFailed,

    /// <summary>GRAFT for a topic we are not in.</summary>
    GraftUnknownTopic,

    /// <summary>GRAFT before the backoff ended.</summary>
    GraftInBackoff,

    /// <summary>GRAFT by a peer with a negative score.</summary>
    GraftBadScore,

    /// <summary>GRAFT while the mesh is full.</summary>
    GraftMeshFull,

    /// <summary>PRUNE for a topic we are not in.</summary>
    PruneUnknownTopic,

    /// <summary>A backoff was not recorded because the table is full.</summary>
    BackoffTableFull,

    /// <summary>More IHAVE RPCs or ids in a heartbeat than allowed.</summary>
    IHaveFlood,

    /// <summary>More IWANT ids in a heartbeat than allowed.</summary>
    IWantFlood,

    /// <summary>The peer has had this message <see cref="PubSubOptions.RetransmissionsMax"/> times.</summary>
    IWantRetransmit,

    /// <summary>More IDONTWANT ids than remembered.</summary>
    IDontWantFlood,

    /// <summary>An advertised message did not come when asked for.</summary>
    BrokenPromise,

    /// <summary>A message is too long to be passed on in one RPC.</summary>
    TooLongToForward,

    /// <summary>Gossip for a peer was dropped: its queue was half full.</summary>
    GossipDropped,

    /// <summary>A relayed message for a peer was dropped: its queue was full.</summary>
    ForwardDropped,

    /// <summary>An own message was not sent to a peer whose queue stayed full.</summary>
    PublishDropped,

    /// <summary>A message was not read by the application in time.</summary>
    DeliveryDropped,

    /// <summary>More publishes wait for a subscriber than <see cref="PubSubOptions.ParkedPublishesMax"/>.</summary>
    TooManyParked,
}
