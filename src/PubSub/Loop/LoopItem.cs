using P2P.PubSub.Routing;

namespace P2P.PubSub.Loop;

/// <summary>What the loop takes from its inbox: an input for the router, or a call on the loop's own state.</summary>
internal readonly record struct LoopItem(RouterInput Input, Action? OnLoop)
{
    public static LoopItem Of(in RouterInput input) => new(input, null);

    public static LoopItem Call(Action onLoop) => new(default, onLoop);
}
