using System.CommandLine;
using P2P.Cli.Doctor;
using P2P.Dashboard;
using P2P.Node;

namespace P2P.Cli.Commands;

/// <summary>The dashboard of <c>p2p up</c>. The web server is loaded only when it starts: no other verb pays for it.</summary>
internal sealed class UpDashboard
{
    /// <summary>The port of the documents.</summary>
    private const int PortDefault = 4080;

    private readonly Option<int?> _port = new("--dashboard-port") { Description = "Port of the dashboard on 127.0.0.1; 0 picks a free one. Default: 4080, or a free one when it is taken.", HelpName = "PORT" };
    private readonly Option<bool> _write = new("--dashboard-write") { Description = "Let the dashboard edit documents and take the node offline." };
    private readonly Option<string[]> _hosts = new("--dashboard-host") { Description = "Another name the dashboard may be called by, behind a proxy; may be repeated.", HelpName = "NAME" };
    private readonly Option<bool> _none = new("--no-dashboard") { Description = "Start no dashboard." };

    public void AddTo(Command command)
    {
        _port.Validators.Add(static result =>
        {
            if (result.GetValueOrDefault<int?>() is < 0 or > 65_535)
            {
                result.AddError("A port is 0 to 65535.");
            }
        });
        command.Options.Add(_port);
        command.Options.Add(_write);
        command.Options.Add(_hosts);
        command.Options.Add(_none);
    }

    /// <summary>Starts it; null when none is wanted.</summary>
    /// <exception cref="CliException">The port that was asked for is taken.</exception>
    public Task<DashboardHost?> StartAsync(NodeHost host, ParseResult parsed, CancellationToken cancellationToken) =>
        parsed.GetValue(_none) ? Task.FromResult<DashboardHost?>(null) : StartCoreAsync(host, parsed, cancellationToken);

    private async Task<DashboardHost?> StartCoreAsync(NodeHost host, ParseResult parsed, CancellationToken cancellationToken)
    {
        P2PNode node = host.Node;
        DashboardOptions options = new()
        {
            AllowWrites = parsed.GetValue(_write),
            Hosts = parsed.GetValue(_hosts) ?? [],
            Checks = token => ServedDoctor.RunAsync(host, token),
        };
        int? wanted = parsed.GetValue(_port);
        try
        {
            return await DashboardHost.StartAsync(node, options, wanted ?? PortDefault, cancellationToken);
        }
        catch (IOException) when (wanted is null)
        {
            return await DashboardHost.StartAsync(node, options, 0, cancellationToken); // several nodes of one machine
        }
        catch (IOException error)
        {
            throw new CliException(CliError.DashboardPortTaken, $"The dashboard cannot listen on 127.0.0.1:{wanted}: {error.Message} Choose another --dashboard-port, or --no-dashboard.");
        }
    }
}
