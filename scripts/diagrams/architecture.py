"""How data flows, on a laptop and on AWS: the same assets, another place for each layer."""

from __future__ import annotations

from pathlib import Path

FONT = "Helvetica"
LOOK = {"fontname": FONT, "fontsize": "26", "labelloc": "t", "pad": "0.4", "nodesep": "0.5", "ranksep": "0.9"}
NODE = {"fontname": FONT, "fontsize": "13"}
BOX = {"fontname": FONT, "fontsize": "16", "margin": "18"}
QUIET = {"style": "dashed", "color": "#7a8794"}


def draw(target: Path) -> None:
    """Writes the picture. `target` ends in `.png`."""
    from diagrams import Diagram

    with Diagram(
        "Keystone Nexus: one asset graph, two places to run",
        filename=str(target.with_suffix("")),
        outformat="png",
        show=False,
        direction="LR",
        graph_attr=LOOK | {"dpi": "80", "splines": "spline"},
        node_attr=NODE,
        edge_attr=NODE | {"color": "#44505c", "penwidth": "1.6"},
    ):
        _aws()  # graphviz stacks upwards
        _laptop()


def _laptop() -> None:
    from diagrams import Cluster, Edge
    from diagrams.onprem.analytics import Dbt
    from diagrams.onprem.client import Users
    from diagrams.onprem.database import Duckdb
    from diagrams.onprem.queue import Kafka
    from diagrams.programming.flowchart import Database, MultipleDocuments
    from diagrams.programming.language import Cpp

    with Cluster("Laptop: files and DuckDB", graph_attr=BOX | {"bgcolor": "#f4f8fb"}):
        drop = MultipleDocuments("nine CSV files")
        server = Cpp("gRPC ingest\nacks when\ndurable")
        kafka = Kafka("Kafka\norder events")
        with Cluster("Dagster assets", graph_attr=BOX | {"bgcolor": "#e7f1f7"}):
            bronze = Database("bronze\nimmutable objects\n+ ledger")
            silver = Database("silver\nParquet by day\n(Polars, contracts)")
            quarantine = Database("quarantine\neach row with\nits reasons")
            dbt = Dbt("dbt\nstar and\nKPI marts")
            gold = Duckdb("gold\none file,\nby rename")
        pages = MultipleDocuments("dashboards,\nnotebook,\ncharts, deck")
        people = Users("analysts,\nexecutives")
        drop >> bronze
        server >> kafka >> Edge(label="each event once") >> bronze
        bronze >> silver >> dbt >> gold >> pages >> people
        bronze >> Edge(**QUIET) >> quarantine


def _aws() -> None:
    from diagrams import Cluster, Edge
    from diagrams.aws.analytics import Athena, GlueDataCatalog, ManagedStreamingForKafka
    from diagrams.aws.compute import EC2, EC2ContainerRegistry, Fargate
    from diagrams.aws.cost import Budgets
    from diagrams.aws.database import RDSPostgresqlInstance
    from diagrams.aws.integration import SimpleNotificationServiceSns
    from diagrams.aws.management import Cloudwatch
    from diagrams.aws.network import ElbNetworkLoadBalancer
    from diagrams.aws.security import SecretsManager
    from diagrams.aws.storage import S3
    from diagrams.onprem.client import Users

    with Cluster("AWS: S3, Glue and Athena", graph_attr=BOX | {"bgcolor": "#fdf7ef"}):
        drop = S3("drop\nnine CSV files")
        with Cluster("stream (a switch)", graph_attr=BOX | {"bgcolor": "#fbeedd"}):
            balancer = ElbNetworkLoadBalancer("NLB, TLS")
            server = Fargate("gRPC ingest")
            kafka = ManagedStreamingForKafka("MSK")
        with Cluster(
            "Dagster assets, a bucket for each layer, KMS", graph_attr=BOX | {"bgcolor": "#f6ecd9", "labeljust": "r"}
        ):
            bronze, silver, quarantine = S3("bronze"), S3("silver"), S3("quarantine")
            athena = Athena("dbt on Athena\nworkgroup\nwith a cutoff")
            catalog = GlueDataCatalog("Glue catalog\nfrom the contracts")
            gold, analytics = S3("gold"), S3("dashboards,\nnotebook,\ncharts, deck")
        people = Users("analysts, BI")
        with Cluster("runs it", graph_attr=BOX | {"bgcolor": "#fbeedd"}):
            host = EC2("Dagster on one\nARM host\n(or Fargate)")
            state = RDSPostgresqlInstance("RDS PostgreSQL\nruns and events")
            images, secrets = EC2ContainerRegistry("ECR"), SecretsManager("Secrets Manager")
            watch, alerts, budget = Cloudwatch("CloudWatch"), SimpleNotificationServiceSns("SNS"), Budgets("Budgets")
        drop >> bronze
        balancer >> server >> kafka >> bronze
        bronze >> silver >> athena >> gold >> analytics >> people
        bronze >> Edge(**QUIET) >> quarantine
        catalog >> Edge(**QUIET, constraint="false") >> silver
        # What runs it stands above what it runs, not above the stream.
        kafka >> Edge(style="invis") >> [images, secrets]
        [images, secrets] >> Edge(**QUIET) >> host >> Edge(**QUIET) >> state
        host >> Edge(**QUIET) >> watch >> Edge(**QUIET) >> alerts
        budget >> Edge(**QUIET) >> alerts
