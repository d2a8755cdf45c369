using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using P2P.Node.Topics;

namespace P2P.Cli.Commands;

/// <summary><c>p2p pub</c> and <c>p2p sub</c>: messages to whoever listens now. Nobody keeps them; <c>p2p chat</c> and <c>p2p log</c> do.</summary>
internal static class TopicCommands
{
    private static readonly TimeSpan s_listener = TimeSpan.FromSeconds(10);

    public static Command Publish(GlobalOptions options)
    {
        Argument<string> topic = new("TOPIC") { Description = "Name of the topic." };
        Argument<string> message = new("MSG") { Description = "The message, or - for standard input: one message a line.", DefaultValueFactory = static _ => "-" };
        Command command = new("pub", "Publish to whoever listens to a topic now (waits 10 s, or --timeout, for a listener). Exit 4 when nobody does.") { topic, message };
        command.RunsOnNode(options, (session, parsed, token) => PublishAsync(session, parsed.GetRequiredValue(topic), parsed.GetRequiredValue(message), token));
        return command;
    }

    public static Command Subscribe(GlobalOptions options)
    {
        Argument<string> topic = new("TOPIC") { Description = "Name of the topic." };
        Option<bool> raw = new("--raw") { Description = "Only the bytes of the messages, one after the other." };
        Command command = new("sub", "Print the messages of a topic as they come, until Ctrl-C, or until --timeout is over (exit 0).") { topic, raw };
        command.RunsOnNode(options, (session, parsed, token) => SubscribeAsync(session, parsed.GetRequiredValue(topic), parsed.GetValue(raw), token));
        return command;
    }

    private static async Task<int> PublishAsync(Session session, string name, string message, CancellationToken cancellationToken)
    {
        await using Topic<string> topic = session.Node.Topics.Open<string>(name);
        TimeSpan limit = session.Timeout ?? s_listener;
        if (!await session.WithinAsync(limit, token => topic.WaitForPeersAsync(1, token), cancellationToken, "somebody who listens"))
        {
            session.Output.Error(
                "no-peers",
                string.Create(CultureInfo.InvariantCulture, $"Nobody listened to '{Printable.Line(name)}' in {limit.TotalSeconds:0.#} s; nothing was sent."),
                "p2p sub TOPIC listens; p2p log append keeps what nobody hears.");
            return ExitCode.NoPeers;
        }

        if (message != "-")
        {
            Print(session.Output, name, await topic.PublishAsync(message, cancellationToken));
            return ExitCode.Ok;
        }

        using TextInput input = session.OpenInput();
        while (await input.ReadLineAsync(cancellationToken) is string line)
        {
            Print(session.Output, name, await topic.PublishAsync(line, cancellationToken));
        }

        return ExitCode.Ok;
    }

    private static void Print(Output output, string topic, int peers) =>
        output.Fact("published", new JsonObject { ["topic"] = topic, ["peers"] = peers }, $"sent to {NodeFacts.Count(peers, "peer")}");

    private static async Task<int> SubscribeAsync(Session session, string name, bool raw, CancellationToken cancellationToken)
    {
        await using Topic<ReadOnlyMemory<byte>> topic = session.Node.Topics.Open<ReadOnlyMemory<byte>>(name);
        session.Output.Say($"listening to {Printable.Line(name)}; Ctrl-C to stop");
        await session.FollowAsync(
            async token =>
            {
                await using Stream? bytes = raw ? session.Context.OpenShown() : null;
                await foreach (TopicMessage<ReadOnlyMemory<byte>> message in topic.Messages(token))
                {
                    if (bytes is not null)
                    {
                        await bytes.WriteAsync(message.Body, token);
                        await bytes.FlushAsync(token);
                        continue;
                    }

                    string text = Encoding.UTF8.GetString(message.Body.Span);
                    JsonObject fields = new()
                    {
                        ["topic"] = name,
                        ["from"] = message.From.ToString(),
                        ["name"] = message.Name,
                        ["receivedAt"] = Output.Instant(message.ReceivedAt),
                        ["text"] = text,
                    };
                    string time = message.ReceivedAt.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);
                    session.Output.Fact("topic.message", fields, $"{time} {message.Name}: {Printable.Line(text)}");
                    await session.Context.FlushAsync(token);
                }
            },
            cancellationToken);
        return ExitCode.Ok;
    }
}
