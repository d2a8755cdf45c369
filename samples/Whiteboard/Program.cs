using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using P2P.Node;
using P2P.Samples.Whiteboard;

// Two people, each with a node and a board of their own. In earnest they are two programs on two machines of a LAN; here they are one, so that one command
// shows it. Arguments: their two ports.
string[] ports = args.Length == 2 ? args : ["5003", "5004"];

try
{
    await using WebApplication ann = BoardApp.Create(ports[0], peers: []);
    await ann.StartAsync();
    P2PNode node = (P2PNode)ann.Services.GetService(typeof(P2PNode))!;
    await using WebApplication ben = BoardApp.Create(ports[1], [.. node.Addresses.Select(static a => a.ToString())]);
    await ben.StartAsync();

    Console.WriteLine($"Ann draws at {ann.Urls.First()}/");
    Console.WriteLine($"Ben draws at {ben.Urls.First()}/");
    Console.WriteLine("Open both and draw. Ctrl-C to stop.");
    await ann.WaitForShutdownAsync();
    return 0;
}
catch (Exception error) when (P2PException.In(error) is P2PException refused) // an option of the configuration
{
    Console.Error.WriteLine(refused.Line);
    return refused.ExitCode;
}
