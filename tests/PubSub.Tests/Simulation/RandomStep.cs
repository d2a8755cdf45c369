using P2P.Core.Runtime;
using P2P.PubSub.Routing;
using P2P.PubSub.Tests.Routing;
using P2P.PubSub.Wire;

namespace P2P.PubSub.Tests.Simulation;

/// <summary>One random input for a router.</summary>
internal static class RandomStep
{
    public static void Apply(RouterBench bench, SeededChance chance, TopicId[] topics)
    {
        TopicId topic = topics[chance.Below(topics.Length)];
        int peer = 1 + chance.Below(24);
        bool joined = bench.State.Topics.TryGetValue(topic.Key, out TopicState? state) && state.Joined;
        bench.Now += TimeSpan.FromMilliseconds(chance.Below(500));
        switch (chance.Below(9))
        {
            case 0:
                bench.Step(RouterInput.PeerUp(RouterBench.Peer(peer), (PeerProtocol)(1 + chance.Below(4)), chance.Below(2) == 0));
                break;
            case 1:
                bench.Step(RouterInput.PeerDown(RouterBench.Peer(peer)));
                break;
            case 2 when !joined:
                bench.Step(RouterInput.Subscribe(topic, RouterBench.Rules with { Validates = chance.Below(2) == 0 }));
                break;
            case 2 or 3:
                bench.Step(RouterInput.Heartbeat);
                break;
            case 4 when chance.Below(4) == 0:
                bench.Step(RouterInput.Unsubscribe(topic));
                break;
            case 5:
                bench.Step(RouterInput.Publish(topic, RouterBench.Rules, RouterBench.Message($"{chance.Below(200)}", topic), token: 1));
                break;
            case 6:
                bench.Step(RouterInput.Validated(
                    topic, RouterBench.IdOf(RouterBench.Message($"{chance.Below(200)}")), (ValidationResult)chance.Below(7)));
                break;
            default:
                bench.Receive(peer, rpc => Fill(rpc, chance, topics));
                break;
        }
    }

    private static void Fill(Rpc rpc, SeededChance chance, TopicId[] topics)
    {
        for (int i = 1 + chance.Below(6); i > 0; i--)
        {
            TopicId topic = chance.Below(5) == 0 ? $"novel {chance.Below(1_000)}" : topics[chance.Below(topics.Length)];
            MessageId id = RouterBench.IdOf(RouterBench.Message($"{chance.Below(200)}"));
            switch (chance.Below(7))
            {
                case 0:
                    rpc.Grafts.Add(topic.Key);
                    break;
                case 1:
                    rpc.Prunes.Add(new Prune(topic.Key, chance.NextUInt64() >> chance.Below(64)));
                    break;
                case 2:
                    rpc.IHaves.Add(new IHave(topic.Key, [id]));
                    break;
                case 3:
                    rpc.IWants.Add(id);
                    break;
                case 4:
                    rpc.IDontWants.Add(id);
                    break;
                case 5:
                    rpc.Messages.Add(RouterBench.Message($"{chance.Below(200)}", topic));
                    break;
                default:
                    rpc.Subscriptions.Add(new SubscriptionChange(topic.Key, chance.Below(4) != 0));
                    break;
            }
        }
    }
}
