namespace P2P.PubSub.Wire;

/// <summary>Field numbers of the pubsub protobuf.</summary>
internal static class RpcFields
{
    public const int Subscriptions = 1;
    public const int Publish = 2;
    public const int Control = 3;

    public const int Subscribe = 1;
    public const int SubscribeTopic = 2;

    public const int From = 1;
    public const int Data = 2;
    public const int Sequence = 3;
    public const int Topic = 4;
    public const int Signature = 5;
    public const int Key = 6;

    public const int IHave = 1;
    public const int IWant = 2;
    public const int Graft = 3;
    public const int Prune = 4;
    public const int IDontWant = 5;

    public const int ControlTopic = 1;
    public const int IHaveIds = 2;
    public const int WantIds = 1;
    public const int PruneBackoff = 3;
}
